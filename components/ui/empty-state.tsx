import { Inbox, Lock, SearchX } from "lucide-react";
import type { ReactNode } from "react";

interface EmptyStateProps {
  /** Nothing exists yet, nothing matches the filter, or the reader may not see it. */
  kind: "nothing-yet" | "nothing-matches" | "not-permitted";
  title: string;
  /** What to do next. */
  description?: ReactNode;
  action?: ReactNode;
}

const icons = { "nothing-yet": Inbox, "nothing-matches": SearchX, "not-permitted": Lock };

/** Why there is nothing here, and the way out. */
export function EmptyState({ kind, title, description, action }: EmptyStateProps) {
  const Icon = icons[kind];
  return (
    <div className="flex flex-col items-center px-6 py-12 text-center">
      <span className="mb-3 flex size-10 items-center justify-center rounded-lg border border-line bg-canvas text-muted">
        <Icon aria-hidden className="size-5" />
      </span>
      <p className="text-sm font-semibold">{title}</p>
      {description ? <p className="mt-1 max-w-prose text-sm text-muted text-balance">{description}</p> : null}
      {action ? <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div> : null}
    </div>
  );
}
