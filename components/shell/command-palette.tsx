"use client";

import { Autocomplete } from "@base-ui/react/autocomplete";
import { Dialog } from "@base-ui/react/dialog";
import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useMemo } from "react";
import { DialogBackdrop } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { useFirstUse } from "@/components/ui/use-first-use";
import { type Command, type NavigationNode, pageCommands } from "./navigation";
import { useShortcuts } from "./shortcuts";
import { themeChoices } from "./theme-choices";
import { useTheme } from "./use-theme";

interface Entry {
  key: string;
  title: string;
  /** All the words it is found by. */
  words: string;
  run: () => void;
}

interface Group {
  title: string;
  items: Entry[];
}

interface CommandPaletteProps {
  navigation: readonly NavigationNode[];
  /** What the server adds for this person, such as "Create user". */
  commands: readonly Command[];
}

/** Everything one can go to or do, found by typing. Ctrl or Cmd and K. */
export function CommandPalette(props: CommandPaletteProps) {
  const { isPaletteOpen, setPaletteOpen } = useShortcuts();
  const use = useFirstUse(isPaletteOpen);
  if (!use) return null;
  return (
    <Dialog.Root open={use === "ready" && isPaletteOpen} onOpenChange={setPaletteOpen}>
      <Dialog.Portal>
        <DialogBackdrop />
        <Dialog.Viewport className="fixed inset-0 z-40 flex items-start justify-center p-3 sm:pt-[12vh]">
          <Dialog.Popup
            data-modal
            className="popup flex max-h-[min(30rem,80dvh)] w-full max-w-xl flex-col overflow-hidden rounded-xl"
          >
            <Dialog.Title className="sr-only">Command palette</Dialog.Title>
            <Palette {...props} />
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Palette(props: CommandPaletteProps) {
  const groups = useGroups(props);
  return (
    <Autocomplete.Root
      open
      inline
      items={groups}
      autoHighlight="always"
      keepHighlight
      itemToStringValue={(entry: Entry) => entry.words}
    >
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search aria-hidden className="size-4 shrink-0 text-muted" />
        <Autocomplete.Input
          aria-label="Search pages and actions"
          placeholder="Search pages and actions…"
          className="h-12 min-w-0 flex-1 bg-transparent text-base outline-none"
        />
        <Dialog.Close className="flex min-h-6 items-center rounded">
          <span className="sr-only">Close</span>
          <span aria-hidden>
            <Kbd>Esc</Kbd>
          </span>
        </Dialog.Close>
      </div>
      <Autocomplete.Empty className="px-4 text-muted not-empty:py-8 not-empty:text-center">
        Nothing matches. Try another word.
      </Autocomplete.Empty>
      <Autocomplete.List className="min-h-0 overflow-y-auto p-1.5 empty:hidden">
        {(group: Group) => (
          <Autocomplete.Group key={group.title} items={group.items}>
            <Autocomplete.GroupLabel className="px-2.5 pt-2 pb-1 text-xs font-medium text-muted">
              {group.title}
            </Autocomplete.GroupLabel>
            <Autocomplete.Collection>
              {(entry: Entry) => (
                <Autocomplete.Item key={entry.key} value={entry} onClick={entry.run} className="menu-item">
                  <span className="truncate">{entry.title}</span>
                </Autocomplete.Item>
              )}
            </Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
    </Autocomplete.Root>
  );
}

/** The commands by group: pages, the server's, then what the browser does itself. */
function useGroups({ navigation, commands }: CommandPaletteProps): Group[] {
  const router = useRouter();
  const { setPaletteOpen, setHelpOpen, hasSingleKeys, setSingleKeys } = useShortcuts();
  const [, setTheme] = useTheme();
  return useMemo(() => {
    const entry = (title: string, words: string, act: () => void): Entry => ({
      key: title,
      title,
      words: `${title} ${words}`,
      run: () => {
        setPaletteOpen(false);
        act();
      },
    });
    const byGroup = Map.groupBy([...pageCommands(navigation), ...commands], ({ group }) => group);
    const places = [...byGroup].map(([title, found]) => ({
      title,
      items: found.map(({ key, title: name, href, keywords = "" }) => ({
        ...entry(name, keywords, () => router.push(href)),
        key,
      })),
    }));
    const preferences = [
      ...themeChoices.map(({ value, label }) => entry(`Theme: ${label}`, "appearance colours", () => setTheme(value))),
      entry("Keyboard shortcuts", "help keys", () => setHelpOpen(true)),
      entry(`Turn single-key shortcuts ${hasSingleKeys ? "off" : "on"}`, "accessibility", () =>
        setSingleKeys(!hasSingleKeys),
      ),
    ];
    return [...places, { title: "Preferences", items: preferences }];
  }, [navigation, commands, router, setPaletteOpen, setHelpOpen, hasSingleKeys, setSingleKeys, setTheme]);
}
