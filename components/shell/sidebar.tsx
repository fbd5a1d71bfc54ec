"use client";

import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useId, useState } from "react";
import { classNames } from "@/components/ui/class-names";
import { NavigationIcon } from "./icon-map";
import { holdsPath, type NavigationNode, trailTo } from "./navigation";

/** The navigation as a list; the same in the sidebar and in the drawer. */
export function NavigationList({ nodes }: { nodes: readonly NavigationNode[] }) {
  const path = usePathname();
  const current = trailTo(nodes, path).at(-1)?.key;
  return (
    <ul className="flex min-h-full flex-col gap-0.5">
      {nodes.map((node) => (
        <Entry key={node.key} node={node} current={current} />
      ))}
    </ul>
  );
}

interface EntryProps {
  node: NavigationNode;
  /** Key of the entry the reader is at. */
  current: string | undefined;
}

function Entry({ node, current }: EntryProps) {
  switch (node.type) {
    case "divider":
      return <li aria-hidden className="mx-2 my-2 border-t border-line" />;
    case "spacer":
      return <li aria-hidden className="flex-1" />;
    case "group":
      return <Group node={node} current={current} />;
    case "collapsible":
      return <Collapsible node={node} current={current} />;
    default:
      return <Item node={node} isCurrent={node.key === current} />;
  }
}

const row = "flex min-h-8 w-full items-center gap-2.5 rounded-md px-2 text-sm -outline-offset-2";

function Item({ node, isCurrent }: { node: NavigationNode; isCurrent: boolean }) {
  return (
    <li>
      <Link
        href={node.href ?? "/"}
        prefetch={false}
        aria-current={isCurrent ? "page" : undefined}
        className={classNames(
          row,
          isCurrent ? "bg-accent-subtle font-medium text-accent-ink" : "text-ink hover:bg-hover [&_svg]:text-muted",
        )}
      >
        <NavigationIcon name={node.icon} />
        <span className="min-w-0 flex-1 truncate">{node.title}</span>
        {node.badge ? (
          <span className="rounded bg-sunken px-1.5 text-xs font-medium text-ink tabular-nums">{node.badge}</span>
        ) : null}
      </Link>
    </li>
  );
}

function Group({ node, current }: EntryProps) {
  const id = useId();
  return (
    <li className="mt-3 first:mt-0">
      <p id={id} className="px-2 pb-1 text-xs font-medium text-muted">
        {node.title}
      </p>
      <ul aria-labelledby={id} className="flex flex-col gap-0.5">
        {node.children.map((child) => (
          <Entry key={child.key} node={child} current={current} />
        ))}
      </ul>
    </li>
  );
}

function Collapsible({ node, current }: EntryProps) {
  const id = useId();
  const path = usePathname();
  const [isOpen, setIsOpen] = useState(() => holdsPath(node, path));
  return (
    <li>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setIsOpen(!isOpen)}
        className={classNames(row, "text-ink hover:bg-hover [&_svg]:text-muted")}
      >
        <NavigationIcon name={node.icon} />
        <span className="min-w-0 flex-1 truncate text-start">{node.title}</span>
        <ChevronRight aria-hidden className={classNames("size-3.5 transition-transform", isOpen && "rotate-90")} />
      </button>
      <ul id={id} hidden={!isOpen} className="mt-0.5 ms-4 space-y-0.5 border-s border-line ps-2">
        {node.children.map((child) => (
          <Entry key={child.key} node={child} current={current} />
        ))}
      </ul>
    </li>
  );
}
