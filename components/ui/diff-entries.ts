export interface DiffEntry {
  field: string;
  before: string | null;
  after: string | null;
}

/** How a value of a change is written; `null` when there was none. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  return JSON.stringify(value, null, typeof value === "object" ? 2 : 0);
}

type Side = Readonly<Record<string, unknown>> | null | undefined;

/** The fields of two records that differ, in the order they first appear. */
export function diffEntries(before: Side, after: Side): DiffEntry[] {
  const fields = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  return [...fields]
    .map((field) => ({ field, before: textOf(before?.[field]), after: textOf(after?.[field]) }))
    .filter((entry) => entry.before !== entry.after);
}
