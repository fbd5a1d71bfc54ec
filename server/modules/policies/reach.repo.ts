import { and, ilike, isNull, or, type SQL, sql } from "drizzle-orm";
import { asText } from "@/db/columns";
import type { DeviceStatus } from "@/db/enums";
import { devices, users } from "@/db/schema";
import type { Reader } from "@/server/core/database";
import { containing, keyset } from "@/server/core/pagination";
import { ENDED, isLive } from "./access.repo";
import type { AccessReason, ListReach } from "./access.schema";
import type { NetworkPolicy } from "./policy-model";

type Gate = Exclude<AccessReason, "policy" | "default"> | null;

interface Asked {
  /** In order; what targets them decides which of them are for a device. */
  policies: readonly Pick<NetworkPolicy, "targets">[];
  now: Date;
}

/**
 * `hit`: for each device that a target of the policies names, the policy's place in the order. Each kind of target is a
 * join of its own: one join over all kinds could use no index.
 */
function hits(policies: Asked["policies"]): SQL {
  const said = JSON.stringify(
    policies.flatMap(({ targets }, place) =>
      targets.map(({ type, id, isExcluded }) => ({ place, type, id, out: isExcluded })),
    ),
  );
  return sql`target as materialized (
      select * from json_to_recordset(${said}::json) t(place int, type text, id uuid, "out" boolean)
    ), hit as (
      select d.id as device_id, t.place, t."out" from target t cross join devices d where t.type = 'all'
      union all select t.id, t.place, t."out" from target t where t.type = 'device'
      union all select d.id, t.place, t."out" from target t join devices d on d.user_id = t.id where t.type = 'user'
      union all select d.id, t.place, t."out" from target t
        join groups g on g.id = t.id and g.deleted_at is null
        join group_memberships m on m.group_id = g.id
        join devices d on d.user_id = m.user_id where t.type = 'group'
      union all select dt.device_id, t.place, t."out" from target t
        join tags on tags.id = t.id and tags.is_trusted
        join device_tags dt on dt.tag_id = tags.id where t.type = 'tag'
    )`;
}

const matching = ({ q }: Pick<ListReach, "q">): SQL | undefined =>
  and(
    isNull(devices.deletedAt),
    sql`${devices.status} not in ${ENDED}`,
    q ? or(ilike(devices.name, containing(q)), ilike(asText(users.username), containing(q))) : undefined,
  );

/** What a device is stopped by, whatever its tunnel: in the order in which an explanation looks at it. */
const stop = (now: Date): SQL => sql`case
  when ${devices.status} <> 'active' then 'device_state'
  when ${users.id} is not null and ${users.status} <> 'active' then 'user_state'
  when ${devices.expiresAt} <= ${now.toISOString()}::timestamptz then 'expired' else '' end`;

/**
 * `judged`: every device that matches, with what stops it before any policy, or the places of the policies that are for
 * it; devices with the same places get the same answer. What is known of a device comes together by grouping and not by
 * joining: below row-level security the planner expects so few rows that it would compare each with each.
 */
function judged({ policies, now }: Asked, filter: Pick<ListReach, "q">): SQL {
  return sql`${hits(policies)}, known as (
      select ${devices.id} as id, ${devices.name} as name, ${stop(now)} as stop, null::int as place, null::boolean as live
        from ${devices} left join ${users} on ${users.id} = ${devices.userId} where ${matching(filter)}
      union all
      select device_id, null, null, place, null from hit group by device_id, place having not bool_or("out")
      union all
      select p.device_id, null, null, null, g.is_active
        from wireguard_peers p join gateways g on g.id = p.gateway_id and g.deleted_at is null where ${isLive(now)}
    ), judged as materialized (
      select id, max(name) as name,
             case when max(stop) <> '' then max(stop) when bool_or(live) is null then 'no_tunnel'
                  when not bool_or(live) then 'gateway_off' end as gate,
             coalesce(string_agg(place::text, ' ' order by place), '') as places
        from known group by id having max(stop) is not null
    )`;
}

export type Alike = { gate: Gate; places: string; count: number; example: string };

/** The devices that match, in as few sorts as their answers can differ by: how many there are, and one of each. */
export async function alike(reader: Reader, asked: Asked, filter: Pick<ListReach, "q">): Promise<Alike[]> {
  return reader.execute<Alike>(sql`
    with ${judged(asked, filter)}
    select gate, case when gate is null then places else '' end as places, count(*)::int as count,
           (array_agg(id))[1] as example
      from judged group by 1, 2`);
}

type Row = {
  id: string;
  name: string;
  status: DeviceStatus;
  ownerId: string | null;
  ownerName: string | null;
  gate: Gate;
  places: string;
  sortValue: string;
};

/** Whose rows are wanted: those stopped before any policy, and those with one of these answers. */
export interface Wanted {
  isGated: boolean;
  places: readonly string[];
}

interface Page extends Asked {
  wanted: Wanted;
  total: number;
}

/** One page of the devices, by name, with what tells the sort of their answer. */
export async function page(reader: Reader, { wanted, total, ...asked }: Page, filter: ListReach) {
  const {
    where,
    orderBy,
    sortValue,
    limit,
    page: paged,
  } = keyset({
    ...filter,
    sort: { expression: sql`judged.name`, type: "text" },
    id: { expression: sql`judged.id`, type: "uuid" },
    direction: filter.direction ?? "asc",
  });
  const isWanted = sql`case when gate is not null then ${wanted.isGated}::boolean
    else places = any(${sql.param([...wanted.places])}::text[]) end`;
  const rows = reader.execute<Row>(sql`
    with ${judged(asked, filter)}, page as (
      select * from judged where ${and(isWanted, where)} order by ${orderBy} limit ${limit})
    select judged.*, ${devices.status} as status, ${users.id} as "ownerId", ${asText(users.username)} as "ownerName",
           ${sortValue} as "sortValue"
      from page judged join ${devices} on ${devices.id} = judged.id left join ${users} on ${users.id} = ${devices.userId}
     order by ${orderBy}`);
  return paged(rows, { total, totalIsExact: true });
}
