"use client";

import { Keyboard, LogOut } from "lucide-react";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "@/components/ui/menu";
import { NavigationIcon } from "./icon-map";
import { useShortcuts } from "./shortcuts";
import { ThemeChoices } from "./theme-choices";

export interface ShellUser {
  name: string;
  /** E-mail address or user name, under the name. */
  detail?: string | null;
}

export interface AccountLink {
  title: string;
  href: string;
  icon?: string;
}

function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s._-]+/)
    .filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => (word ? [...word][0] : ""));
  return letters.join("").toUpperCase() || "?";
}

/** Who is signed in, their own pages, the theme, and the way out. */
export function UserMenu({ user, links }: { user: ShellUser; links: readonly AccountLink[] }) {
  const { setHelpOpen } = useShortcuts();
  return (
    <Menu
      align="end"
      trigger={
        <button
          type="button"
          className="flex size-8 items-center justify-center rounded-full border border-line bg-sunken text-xs font-semibold hover:bg-hover"
        >
          <span aria-hidden>{initials(user.name)}</span>
          <span className="sr-only">Account of {user.name}</span>
        </button>
      }
    >
      <div className="px-2.5 py-1.5">
        <p className="truncate font-medium">{user.name}</p>
        {user.detail ? <p className="truncate text-xs text-muted">{user.detail}</p> : null}
      </div>
      <MenuSeparator />
      {links.map(({ title, href, icon }) => (
        <MenuLink key={href} href={href} icon={<NavigationIcon name={icon} />}>
          {title}
        </MenuLink>
      ))}
      {links.length > 0 ? <MenuSeparator /> : null}
      <ThemeChoices />
      <MenuSeparator />
      <MenuItem icon={<Keyboard aria-hidden />} onSelect={() => setHelpOpen(true)}>
        Keyboard shortcuts
      </MenuItem>
      <MenuLink href="/sign-out" icon={<LogOut aria-hidden />}>
        Sign out
      </MenuLink>
    </Menu>
  );
}
