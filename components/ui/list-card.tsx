import type { ReactNode } from "react";
import { Card } from "./card";
import { EmptyState } from "./empty-state";

interface ListCardProps<Item> {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  items: readonly Item[];
  /** What to say where there is none, and what to do about it. */
  empty: { title: string; description?: ReactNode };
  /** One of them, as an `<li>` with its key. */
  children: (item: Item) => ReactNode;
}

/** A short list in a section of its own. */
export function ListCard<Item>({ items, empty, children, ...card }: ListCardProps<Item>) {
  return (
    <Card {...card} isFlush>
      {items.length === 0 ? (
        <EmptyState kind="nothing-yet" {...empty} />
      ) : (
        <ul className="divide-y divide-line">{items.map(children)}</ul>
      )}
    </Card>
  );
}
