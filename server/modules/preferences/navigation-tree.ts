import { isPermission, type Permission } from "@/server/core/permissions";
import type { NavigationRow } from "./repo";
import type { NavigationNode } from "./schema";

const isShown = ({ permissions }: NavigationRow, held: ReadonlySet<Permission>): boolean =>
  permissions.length === 0 || permissions.some((permission) => isPermission(permission) && held.has(permission));

/** The tree a person sees: entries they may open, and groups with something left in them. */
export function navigationTree(
  rows: readonly NavigationRow[],
  held: ReadonlySet<Permission>,
  parentId: string | null = null,
): NavigationNode[] {
  return rows
    .filter((row) => row.parentId === parentId && isShown(row, held))
    .map(({ id, key, title, type, icon, href, badge }) => ({
      key,
      title,
      type,
      icon,
      href,
      badge,
      children: navigationTree(rows, held, id),
    }))
    .filter(({ href, children, type }) => href !== null || children.length > 0 || type === "divider");
}
