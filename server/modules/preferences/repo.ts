import { sql } from "drizzle-orm";
import type { NavigationItemType } from "@/db/enums";
import type { Reader } from "@/server/core/database";

export interface NavigationRow extends Record<string, unknown> {
  id: string;
  parentId: string | null;
  key: string;
  title: string;
  type: NavigationItemType;
  icon: string | null;
  href: string | null;
  badge: string | null;
  permissions: string[];
}

/** Every live entry with what it needs, in order, less what the person has hidden. */
export async function navigation(reader: Reader, userId: string): Promise<NavigationRow[]> {
  const rows = await reader.execute<NavigationRow>(sql`
    select n.id, n.parent_id as "parentId", n.key, n.title, n.type, n.icon, n.href, n.badge_title as badge,
           coalesce(array_agg(p.resource || '.' || p.action) filter (where p.id is not null), '{}') as permissions
      from navigation_items n
      left join navigation_permissions np on np.navigation_item_id = n.id
      left join permissions p on p.id = np.permission_id
      left join user_navigation_preferences own on own.navigation_item_id = n.id and own.user_id = ${userId}
     where n.is_active and n.visible_default and not coalesce(own.is_hidden, false)
     group by n.id, own.is_pinned, own.custom_order
     order by coalesce(own.is_pinned, false) desc, coalesce(own.custom_order, n.sort_order), n.title`);
  return [...rows];
}
