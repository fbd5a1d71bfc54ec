import { and, eq, ilike, isNull, type SQL, sql } from "drizzle-orm";
import { policies as p } from "@/db/schema";
import type { Reader } from "@/server/core/database";
import { containing, countUpTo, keyset, one } from "@/server/core/pagination";
import { type GraphDestination, type ListGraph, MAX_ENDS } from "./graph.schema";
import type { PolicyTarget } from "./policy-model";

/** By priority, then deny before allow, as policies are asked. */
const order = sql`(${p.priority}::bigint * 2 + case when ${p.effect} = 'deny' then 0 else 1 end)`;

/** Every network that a gateway in use reaches, its tunnels' own ones too. */
const reached = sql`(select g.id, g.name, n.network
    from gateways g
    cross join lateral (select b.network from gateway_networks b where b.gateway_id = g.id
                        union all values (g.vpn_cidr), (g.vpn_cidr_v6)) n
   where g.deleted_at is null and g.is_active and n.network is not null) reached`;

const hasTarget = ({ group }: ListGraph): SQL =>
  group === undefined ? sql`true` : sql`(t.target_type = 'all' or t.target_id = ${group} and t.target_type = 'group')`;

const hasDestination = ({ gateway }: ListGraph): SQL =>
  gateway === undefined
    ? sql`true`
    : sql`exists (select from ${reached} where reached.id = ${gateway} and reached.network && d.destination)`;

const targetsOf = sql`from policy_targets t where t.policy_id = policies.id`;
const destinationsOf = sql`from policy_destinations d where d.policy_id = policies.id`;

const columns = (filter: ListGraph) => ({
  id: p.id,
  name: p.name,
  priority: p.priority,
  effect: p.effect,
  isFullTunnel: p.fullTunnel,
  targets: sql<PolicyTarget[]>`coalesce((
    select json_agg(json_build_object('type', f.target_type, 'id', f.target_id, 'isExcluded', f.is_excluded)
                    order by f.is_excluded, f.target_type, f.created_at, f.id)
      from (select t.* ${targetsOf} and (t.is_excluded or ${hasTarget(filter)})
             order by t.is_excluded, t.target_type, t.created_at, t.id limit ${MAX_ENDS}) f), '[]')`,
  targetCount: sql<number>`(select count(*)::int ${targetsOf} and (t.is_excluded or ${hasTarget(filter)}))`,
  destinations: sql<GraphDestination[]>`coalesce((
    select json_agg(json_build_object('network', f.destination, 'protocol', f.protocol, 'description', f.description,
                      'ports', case when f.port_from is not null
                                    then json_build_object('from', f.port_from, 'to', f.port_to) end,
                      'gateways', coalesce((select json_agg(distinct jsonb_build_object('id', reached.id, 'name', reached.name))
                                     from ${reached} where reached.network && f.destination), '[]'))
                    order by f.destination, f.protocol, f.port_from, f.id)
      from (select d.* ${destinationsOf} and ${hasDestination(filter)}
             order by d.destination, d.protocol, d.port_from, d.id limit ${MAX_ENDS}) f), '[]')`,
  destinationCount: sql<number>`(select count(*)::int ${destinationsOf} and ${hasDestination(filter)})`,
});

/** In force, for somebody, and leading somewhere. */
function matching(filter: ListGraph, now: Date): SQL | undefined {
  const { q, group } = filter;
  const at = sql`${now.toISOString()}::timestamptz`;
  return and(
    isNull(p.deletedAt),
    eq(p.isActive, true),
    sql`coalesce(${p.startsAt}, '-infinity') <= ${at} and coalesce(${p.endsAt}, 'infinity') > ${at}`,
    sql`exists (select ${targetsOf} and not t.is_excluded and ${hasTarget(filter)})`,
    sql`(${p.fullTunnel} or exists (select ${destinationsOf} and ${hasDestination(filter)}))`,
    group
      ? sql`not exists (select ${targetsOf} and t.is_excluded and t.target_type = 'group' and t.target_id = ${group})`
      : undefined,
    q ? ilike(p.name, containing(q)) : undefined,
  );
}

export async function list(reader: Reader, filter: ListGraph, now: Date) {
  const { where, orderBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: { expression: order, type: "int8" },
    id: { expression: p.id, type: "uuid" },
    direction: filter.direction ?? "asc",
  });
  const matched = matching(filter, now);
  const rows = reader
    .select({ ...columns(filter), sortValue })
    .from(p)
    .where(and(matched, where))
    .orderBy(orderBy)
    .limit(limit);
  return page(rows, countUpTo(reader, reader.select(one).from(p).where(matched)));
}
