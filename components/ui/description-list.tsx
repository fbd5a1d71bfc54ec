import type { ReactNode } from "react";

interface DescriptionListProps {
  items: readonly { label: string; value: ReactNode }[];
}

/** Facts about one thing. What is missing (null, undefined, "") shows as a dash. */
export function DescriptionList({ items }: DescriptionListProps) {
  return (
    <dl className="divide-y divide-line">
      {items.map(({ label, value }) => (
        <div
          key={label}
          className="grid gap-x-4 gap-y-0.5 py-2 first:pt-0 last:pb-0 sm:grid-cols-[minmax(8rem,12rem)_1fr]"
        >
          <dt className="text-muted">{label}</dt>
          <dd className="min-w-0 break-words">{value === null || value === undefined || value === "" ? "—" : value}</dd>
        </div>
      ))}
    </dl>
  );
}
