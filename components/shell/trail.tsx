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

interface PageTrailProps {
  title: string;
  /** The address that has the title, when it is one above this page. */
  at?: string;
}

/** Names a page for the breadcrumbs, where its address holds only an id: `<PageTrail title={device.name} />`. */
export function PageTrail({ title, at }: PageTrailProps) {
  const trail = useContext(TrailContext);
  const here = usePathname();
  const path = at ?? here;
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
    const address = [reached, ...rest.slice(0, at + 1)].join("/");
    const isNamed = name?.path === address;
    const title = isNamed ? name.title : isId(segment) ? "Details" : readable(segment);
    crumbs.push({ title, href: isNamed ? address : undefined });
  }
  return crumbs;
}

/** Where the reader is, from the navigation and the page's own name. */
export function Trail({ nodes }: { nodes: readonly NavigationNode[] }) {
  const path = usePathname();
  const trail = useContext(TrailContext);
  return <Breadcrumbs crumbs={crumbsOf(nodes, path, trail?.name ?? null)} />;
}
