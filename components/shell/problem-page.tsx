import type { ReactNode } from "react";

interface ProblemPageProps {
  /** The HTTP status, small above the title. */
  status?: string;
  title: string;
  description: ReactNode;
  actions: ReactNode;
}

/** A whole page that says what went wrong and the way on. */
export function ProblemPage({ status, title, description, actions }: ProblemPageProps) {
  return (
    <div className="mx-auto flex max-w-md flex-col items-start gap-2 px-4 py-16 sm:py-24">
      {status ? <p className="font-mono text-xs text-muted">{status}</p> : null}
      <h1 className="text-xl font-semibold">{title}</h1>
      <div className="text-muted text-pretty">{description}</div>
      <div className="mt-3 flex flex-wrap gap-2">{actions}</div>
    </div>
  );
}
