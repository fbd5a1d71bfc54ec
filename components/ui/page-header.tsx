import type { ReactNode } from "react";

interface PageHeaderProps {
  title: ReactNode;
  /** Badges beside the title. */
  status?: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
}

/** The top of every page: its one h1, what the page is for, and its actions. */
export function PageHeader({ title, status, description, actions }: PageHeaderProps) {
  return (
    <header className="mb-5 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="text-xl font-semibold break-words">{title}</h1>
          {status}
        </div>
        {description ? <p className="mt-1 max-w-prose text-muted text-pretty">{description}</p> : null}
      </div>
      {actions ? <div className="flex flex-wrap gap-2">{actions}</div> : null}
    </header>
  );
}
