import type { NavigationNode } from "@/server/modules/preferences/schema";

export type { NavigationNode };

/** A place or an action in the command palette. */
export interface Command {
  key: string;
  title: string;
  group: string;
  href: string;
  /** Other words it is found by. */
  keywords?: string;
}

/** Whether a page belongs to an entry: the entry's own address, or one below it. */
export function isWithin(path: string, href: string | null | undefined): boolean {
  return Boolean(href) && (path === href || path.startsWith(`${href}/`));
}

/** Whether an entry or anything below it is where the reader is. */
export function holdsPath(node: NavigationNode, path: string): boolean {
  return isWithin(path, node.href) || node.children.some((child) => holdsPath(child, path));
}

/** The entries from the top down to the page, the longest matching address first. */
export function trailTo(nodes: readonly NavigationNode[], path: string): NavigationNode[] {
  const trails = nodes.flatMap((node) => {
    const below = trailTo(node.children, path);
    if (below.length > 0) return [[node, ...below]];
    return isWithin(path, node.href) ? [[node]] : [];
  });
  const length = (trail: NavigationNode[]) => trail.at(-1)?.href?.length ?? 0;
  return trails.reduce<NavigationNode[]>((best, trail) => (length(trail) > length(best) ? trail : best), []);
}

/** Every page of the navigation as a command, with the titles above it as further words. */
export function pageCommands(nodes: readonly NavigationNode[], above: readonly string[] = []): Command[] {
  return nodes.flatMap((node) => {
    const below = pageCommands(node.children, [...above, node.title]);
    if (!node.href) return below;
    return [
      { key: `page:${node.key}`, title: node.title, group: "Pages", href: node.href, keywords: above.join(" ") },
      ...below,
    ];
  });
}
