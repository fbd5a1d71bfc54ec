import type { ReactNode } from "react";
import { PermissionsProvider } from "@/components/access/can";
import type { Permission } from "@/server/core/permissions";
import { Brand } from "./brand";
import { CommandPalette } from "./command-palette";
import type { Command, NavigationNode } from "./navigation";
import { RouteFocus } from "./route-focus";
import { SessionWatch } from "./session-watch";
import { ShortcutsProvider } from "./shortcuts";
import { NavigationList } from "./sidebar";
import { Topbar } from "./topbar";
import { TrailProvider } from "./trail";
import type { AccountLink, ShellUser } from "./user-menu";

interface AppShellProps {
  user: ShellUser;
  permissions: readonly Permission[];
  navigation: readonly NavigationNode[];
  /** Actions for the command palette, beside the pages of the navigation. */
  commands?: readonly Command[];
  accountLinks?: readonly AccountLink[];
  /** About the session itself, above everything: impersonation, an ending soon. */
  banner?: ReactNode;
  children: ReactNode;
}

/** The frame of every page behind the sign-in: navigation, topbar, palette, and the page in `<main>`. */
export function AppShell(props: AppShellProps) {
  const { user, permissions, navigation, commands = [], accountLinks = [], banner, children } = props;
  return (
    <PermissionsProvider permissions={permissions}>
      <ShortcutsProvider>
        <TrailProvider>
          <SkipLink />
          <RouteFocus />
          <SessionWatch />
          {banner}
          <div className="lg:grid lg:grid-cols-[15rem_minmax(0,1fr)]">
            <aside
              aria-label="Navigation"
              className="sticky top-0 hidden h-dvh flex-col border-e border-line bg-surface lg:flex"
            >
              <div className="flex h-12 shrink-0 items-center border-b border-line px-4">
                <Brand />
              </div>
              <nav aria-label="Main" className="min-h-0 flex-1 overflow-y-auto p-3">
                <NavigationList nodes={navigation} />
              </nav>
            </aside>
            <div className="min-w-0">
              <Topbar navigation={navigation} user={user} accountLinks={accountLinks} />
              <main id="content" tabIndex={-1} className="mx-auto max-w-400 px-4 py-5 outline-none sm:px-6 sm:py-6">
                {children}
              </main>
            </div>
          </div>
          <CommandPalette navigation={navigation} commands={commands} />
        </TrailProvider>
      </ShortcutsProvider>
    </PermissionsProvider>
  );
}

function SkipLink() {
  return (
    <a
      href="#content"
      className="fixed start-3 top-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-2 font-medium text-on-accent focus:translate-y-0"
    >
      Skip to content
    </a>
  );
}
