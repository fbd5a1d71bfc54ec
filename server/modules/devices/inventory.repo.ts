import { sql } from "drizzle-orm";
import type { Reader } from "@/server/core/database";
import type { DeviceId, TagId, UserId } from "@/server/core/ids";
import { containing } from "@/server/core/pagination";
import type { ListPackages, Package } from "./schema";

/** A list to choose from that is longer than this is searched elsewhere. */
const MAX_OPTIONS = 200;

/** Whatever of tags and people some device has. */
export async function facets(reader: Reader, { owner }: { owner?: UserId | undefined }) {
  const [tags, owners] = await Promise.all([
    reader.execute<{ id: TagId; name: string; color: string }>(sql`
      select g.id, g.name, g.color from tags g
       where exists (select 1 from device_tags dt where dt.tag_id = g.id)
       order by g.name limit ${MAX_OPTIONS}`),
    reader.execute<{ id: UserId; name: string }>(sql`
      select u.id, u.username as name from users u
       where exists (select 1 from devices d where d.user_id = u.id and d.deleted_at is null)
       order by (u.id = ${owner ?? null}::uuid) desc nulls last, u.username limit ${MAX_OPTIONS}`),
  ]);
  return { tags: [...tags], owners: [...owners] };
}

interface FoundPackage extends Record<string, unknown>, Package {
  total: number;
}

interface Section extends Record<string, unknown> {
  manager: string | null;
  updatedAt: Date;
}

async function packageSection(reader: Reader, id: DeviceId): Promise<Section | undefined> {
  const [section] = await reader.execute<Section>(sql`
    select f.facts ->> 'manager' as manager, f.updated_at as "updatedAt"
      from device_facts f where f.device_id = ${id} and f.section = 'packages'`);
  return section;
}

/** One page of a device's packages, in the order it reported them, which is by name. */
export async function packages(reader: Reader, { id, q, size, cursor = 0 }: ListPackages) {
  const text = q ? containing(q) : "%";
  const [section, found] = await Promise.all([
    packageSection(reader, id),
    reader.execute<FoundPackage>(sql`
      select p.ordinality::text as id, p.item ->> 'name' as name, p.item ->> 'version' as version,
             p.item ->> 'arch' as arch, (count(*) over ())::int as total
        from device_facts f, jsonb_array_elements(f.facts -> 'packages') with ordinality as p(item, ordinality)
       where f.device_id = ${id} and f.section = 'packages'
         and (p.item ->> 'name' ilike ${text} or p.item ->> 'version' ilike ${text})
       order by p.ordinality limit ${size} offset ${cursor}`),
  ]);
  const total = found[0]?.total ?? 0;
  const next = cursor + found.length;
  return {
    rows: [...found],
    total,
    totalIsExact: true,
    nextCursor: next < total ? next.toString() : null,
    previousCursor: cursor > 0 ? Math.max(0, cursor - size).toString() : null,
    manager: section?.manager ?? null,
    updatedAt: section?.updatedAt ?? null,
  };
}
