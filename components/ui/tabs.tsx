import Link from "next/link";
import type { ReactNode } from "react";
import { classNames } from "./class-names";

const row = "flex gap-1 overflow-x-auto border-b border-line";
const tab =
  "-mb-px inline-flex h-9 shrink-0 items-center gap-2 border-b-2 border-transparent px-2.5 font-medium text-muted -outline-offset-2 hover:text-ink";

interface LinkTabsProps {
  label: string;
  tabs: readonly { href: string; label: ReactNode; isCurrent: boolean }[];
}

/** Tabs that are pages. */
export function LinkTabs({ label, tabs }: LinkTabsProps) {
  return (
    <nav aria-label={label} className={row}>
      {tabs.map(({ href, label: name, isCurrent }) => (
        <Link
          key={href}
          href={href}
          prefetch={false}
          aria-current={isCurrent ? "page" : undefined}
          className={classNames(tab, isCurrent && "border-accent-ink! text-ink!")}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
