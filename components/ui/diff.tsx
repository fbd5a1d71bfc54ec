import { ArrowRight } from "lucide-react";
import { type DiffEntry, diffEntries } from "./diff-entries";

interface DiffProps {
  before: Readonly<Record<string, unknown>> | null | undefined;
  after: Readonly<Record<string, unknown>> | null | undefined;
  /** Readable names of fields; their own otherwise. */
  labels?: Readonly<Record<string, string>>;
}

/** What changed, field by field, before and after. */
export function Diff({ before, after, labels = {} }: DiffProps) {
  const entries = diffEntries(before, after);
  if (entries.length === 0) return <p className="text-muted">Nothing changed.</p>;
  return (
    <dl className="divide-y divide-line rounded-md border border-line">
      {entries.map((entry) => (
        <div key={entry.field} className="grid gap-x-4 gap-y-1 px-3 py-2 sm:grid-cols-[minmax(6rem,10rem)_1fr]">
          <dt className="text-muted break-words">{labels[entry.field] ?? entry.field}</dt>
          <dd className="min-w-0">
            <Change {...entry} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Change({ before, after }: DiffEntry) {
  return (
    <span className="flex flex-wrap items-center gap-2">
      <span className="sr-only">before:</span>
      <Value text={before} className="bg-danger-subtle text-danger line-through decoration-from-font" />
      <ArrowRight aria-hidden className="size-3.5 shrink-0 text-muted rtl:rotate-180" />
      <span className="sr-only">after:</span>
      <Value text={after} className="bg-success-subtle text-success" />
    </span>
  );
}

function Value({ text, className }: { text: string | null; className: string }) {
  if (text === null || text === "") return <span className="text-muted">{text === null ? "not set" : "empty"}</span>;
  return (
    <code className={`rounded px-1.5 py-0.5 font-mono text-xs break-all whitespace-pre-wrap ${className}`}>{text}</code>
  );
}
