"use client";

import { Search } from "lucide-react";
import { Kbd } from "@/components/ui/kbd";
import { MobileNavigation } from "./mobile-navigation";
import type { NavigationNode } from "./navigation";
import { useShortcuts } from "./shortcuts";
import { Trail } from "./trail";
import { type AccountLink, type ShellUser, UserMenu } from "./user-menu";

interface TopbarProps {
  navigation: readonly NavigationNode[];
  user: ShellUser;
  accountLinks: readonly AccountLink[];
}

/** Always in sight: navigation on narrow screens, the trail, the palette and the account. */
export function Topbar({ navigation, user, accountLinks }: TopbarProps) {
  const { setPaletteOpen } = useShortcuts();
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-b border-line bg-surface px-3 sm:px-5">
      <MobileNavigation nodes={navigation} />
      <div className="min-w-0 flex-1">
        <Trail nodes={navigation} />
      </div>
      <button
        type="button"
        aria-keyshortcuts="Control+K Meta+K"
        onClick={() => setPaletteOpen(true)}
        className="flex h-8 items-center gap-2 rounded-md border border-control/60 bg-surface px-2 text-muted hover:bg-hover sm:w-52"
      >
        <Search aria-hidden className="size-4 shrink-0" />
        <span className="sr-only flex-1 text-start sm:not-sr-only">Go to…</span>
        <span aria-hidden className="hidden sm:inline">
          <Kbd>Ctrl K</Kbd>
        </span>
      </button>
      <UserMenu user={user} links={accountLinks} />
    </header>
  );
}
