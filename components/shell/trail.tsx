"use client";

import { usePathname } from "next/navigation";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { Breadcrumbs, type Crumb } from "@/components/ui/breadcrumbs";
import { type NavigationNode, trailTo } from "./navigation";

interface PageName {
  path: string;
  title: string;
}

const TrailContext = createContext<{ name: PageName | null; setName: (name: PageName) => void } | null>(null);

/** Lets a page below name itself in the breadcrumbs with {@link PageTrail}. */
export function TrailProvider({ children }: { children: ReactNode }) {
  const [name, setName] = useState<PageName | null>(null);
  const value = useMemo(() => ({ name, setName }), [name]);
  return <TrailContext value={value}>{children}</TrailContext>;
}

/** Names the page for the breadcrumbs, where its address holds only an id: `<PageTrail title={device.name} />`. */
export function PageTrail({ title }: { title: string }) {
  const trail = useContext(TrailContext);
  const path = usePathname();
  const setName = trail?.setName;
  useEffect(() => setName?.({ path, title }), [path, title, setName]);
  return null;
}

const isId = (segment: string) => /^[0-9a-f]{8}-|^\d+$/.test(segment);

function readable(segment: string): string {
  const words = decodeURIComponent(segment).replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The navigation's trail, and after it what the address adds. */
function crumbsOf(nodes: readonly NavigationNode[], path: string, name: PageName | null): Crumb[] {
  const trail = trailTo(nodes, path);
  const reached = trail.at(-1)?.href ?? "";
  const rest = path.slice(reached.length).split("/").filter(Boolean);
  // A group that is called like its entry would only say it twice.
  const told = trail.filter(({ title, href }, at) => href || title !== trail[at + 1]?.title);
  const crumbs: Crumb[] = told.map(({ title, href }) => ({ title, href: href ?? undefined }));
  for (const [at, segment] of rest.entries()) {
    const isLast = at === rest.length - 1;
    const own = isLast && name?.path === path ? name.title : undefined;
    crumbs.push({ title: own ?? (isId(segment) ? "Details" : readable(segment)) });
  }
  return crumbs;
}

/** Where the reader is, from the navigation and the page's own name. */
export function Trail({ nodes }: { nodes: readonly NavigationNode[] }) {
  const path = usePathname();
  const trail = useContext(TrailContext);
  return <Breadcrumbs crumbs={crumbsOf(nodes, path, trail?.name ?? null)} />;
}
