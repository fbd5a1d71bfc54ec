import { ChevronRight } from "lucide-react";
import Link from "next/link";

export interface Crumb {
  title: string;
  /** Absent on what is no page, and on the page itself. */
  href?: string;
}

/** Where the page stands. The last crumb is the page itself. */
export function Breadcrumbs({ crumbs }: { crumbs: readonly Crumb[] }) {
  const last = crumbs.length - 1;
  return (
    <nav aria-label="Breadcrumbs" className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1">
        {crumbs.map(({ title, href }, at) => (
          <li
            key={`${href ?? ""} ${title}`}
            className={at === last ? "flex min-w-0 items-center gap-1" : "hidden items-center gap-1 sm:flex"}
          >
            {at > 0 ? (
              <ChevronRight aria-hidden className="hidden size-3.5 shrink-0 text-muted sm:block rtl:rotate-180" />
            ) : null}
            {href && at !== last ? (
              <Link
                href={href}
                prefetch={false}
                className="rounded px-1 py-0.5 whitespace-nowrap text-muted hover:text-ink hover:underline"
              >
                {title}
              </Link>
            ) : (
              <span
                aria-current={at === last ? "page" : undefined}
                className={at === last ? "truncate px-1 font-medium" : "px-1 whitespace-nowrap text-muted"}
              >
                {title}
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
