"use client";

import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { Switch } from "@/components/ui/switch";

const STORED = "kw-single-keys";
const CHANGED = "kw-single-keys-changed";

interface Shortcuts {
  isPaletteOpen: boolean;
  setPaletteOpen: (isOpen: boolean) => void;
  isHelpOpen: boolean;
  setHelpOpen: (isOpen: boolean) => void;
  /** Whether `/` and `?` work; WCAG 2.1.4 wants a way to turn them off. */
  hasSingleKeys: boolean;
  setSingleKeys: (isOn: boolean) => void;
}

const ShortcutsContext = createContext<Shortcuts | null>(null);

/** @throws {Error} outside of a {@link ShortcutsProvider} */
export function useShortcuts(): Shortcuts {
  const shortcuts = useContext(ShortcutsContext);
  if (!shortcuts) throw new Error("useShortcuts needs a ShortcutsProvider above it");
  return shortcuts;
}

function storedSingleKeys(): boolean {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true;
  }
}

function storeSingleKeys(isOn: boolean): void {
  try {
    localStorage.setItem(STORED, isOn ? "on" : "off");
  } catch {
    // Storage is off: the keys stay as they were.
  }
  window.dispatchEvent(new Event(CHANGED));
}

function subscribe(listener: () => void): () => void {
  window.addEventListener(CHANGED, listener);
  window.addEventListener("storage", listener);
  return () => {
    window.removeEventListener(CHANGED, listener);
    window.removeEventListener("storage", listener);
  };
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable], [role=menu]") !== null
  );
}

function focusSearch(): boolean {
  const search = document.querySelector<HTMLInputElement>("main input[data-search]");
  search?.focus();
  search?.select();
  return search !== null;
}

const isPaletteKey = ({ ctrlKey, metaKey, shiftKey, altKey, key }: KeyboardEvent): boolean =>
  (ctrlKey || metaKey) && !shiftKey && !altKey && key.toLowerCase() === "k";

/** What a key does; `true` when it did something and the browser's own meaning must not follow. */
function actOn(event: KeyboardEvent, shortcuts: Shortcuts): boolean {
  const isModalOpen = document.querySelector("[data-modal]") !== null;
  if (isPaletteKey(event)) {
    // Not over another dialog: what it leads to would leave that one open.
    if (shortcuts.isPaletteOpen || !isModalOpen) shortcuts.setPaletteOpen(!shortcuts.isPaletteOpen);
    return true;
  }
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (!shortcuts.hasSingleKeys || !isPlain || isModalOpen || isTyping(event.target)) return false;
  if (event.key === "/") return focusSearch();
  if (event.key !== "?") return false;
  shortcuts.setHelpOpen(true);
  return true;
}

/** The keys that work on every page: the palette, search and help. */
export function ShortcutsProvider({ children }: { children: ReactNode }) {
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const hasSingleKeys = useSyncExternalStore(subscribe, storedSingleKeys, () => true);
  const shortcuts = useMemo(
    () => ({ isPaletteOpen, setPaletteOpen, isHelpOpen, setHelpOpen, hasSingleKeys, setSingleKeys: storeSingleKeys }),
    [isPaletteOpen, isHelpOpen, hasSingleKeys],
  );
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!event.defaultPrevented && actOn(event, shortcuts)) event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [shortcuts]);
  return (
    <ShortcutsContext value={shortcuts}>
      {children}
      <ShortcutHelp />
    </ShortcutsContext>
  );
}

const keys: readonly { keys: readonly string[]; does: string }[] = [
  { keys: ["Ctrl", "K"], does: "Open the command palette (⌘ K on a Mac)" },
  { keys: ["/"], does: "Search this list" },
  { keys: ["?"], does: "Show this help" },
  { keys: ["Esc"], does: "Close what is open, or empty the search" },
  { keys: ["F6"], does: "Go to the notifications" },
];

function ShortcutHelp() {
  const { isHelpOpen, setHelpOpen, hasSingleKeys, setSingleKeys } = useShortcuts();
  return (
    <Dialog isOpen={isHelpOpen} onOpenChange={setHelpOpen} title="Keyboard shortcuts">
      <dl className="divide-y divide-line">
        {keys.map(({ keys: combination, does }) => (
          <div key={does} className="flex items-center justify-between gap-4 py-2">
            <dt>{does}</dt>
            <dd className="flex shrink-0 gap-1">
              {combination.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <label htmlFor="single-keys" className="mt-3 flex items-center justify-between gap-4 border-t border-line pt-3">
        Single-key shortcuts (/ and ?)
        <Switch id="single-keys" checked={hasSingleKeys} onChange={(event) => setSingleKeys(event.target.checked)} />
      </label>
    </Dialog>
  );
}
