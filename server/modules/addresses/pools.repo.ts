import { and, eq, ilike, or, type SQL, sql } from "drizzle-orm";
import { gatewayNetworks, gateways, ipAllocations, ipPools } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one, type SortKey } from "@/server/core/pagination";
import type { ListPools, Pool } from "./schema";

const columns = {
  id: ipPools.id,
  cidr: ipPools.cidr,
  family: sql<Pool["family"]>`${ipPools.family}`,
  gatewayId: ipPools.gatewayId,
  gatewayName: gateways.name,
  capacity: ipPools.capacity,
  used: ipPools.used,
  percent: sql<number>`(case when ${ipPools.capacity} = 0 then 100 else ${ipPools.used} * 100 / ${ipPools.capacity} end)::int`,
  alertLevel: sql<Pool["alertLevel"]>`${ipPools.alertLevel}`,
  reserved: ipPools.reserved,
  createdAt: ipPools.createdAt,
};

const sortKeys: Record<ListPools["sort"], SortKey> = { cidr: { expression: ipPools.cidr, type: "inet" } };

function matching({ q, gateway }: ListPools): SQL | undefined {
  return and(
    gateway ? eq(ipPools.gatewayId, gateway) : undefined,
    q ? or(ilike(gateways.name, containing(q)), ilike(sql`${ipPools.cidr}::text`, containing(q))) : undefined,
  );
}

export async function list(reader: Reader, filter: ListPools) {
  const { where, orderBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: sortKeys[filter.sort],
    id: { expression: ipPools.id, type: "uuid" },
    direction: filter.direction ?? "asc",
  });
  const matched = matching(filter);
  const rows = reader
    .select({ ...columns, sortValue })
    .from(ipPools)
    .leftJoin(gateways, eq(gateways.id, ipPools.gatewayId))
    .where(and(matched, where))
    .orderBy(orderBy)
    .limit(limit);
  const matches = reader
    .select(one)
    .from(ipPools)
    .leftJoin(gateways, eq(gateways.id, ipPools.gatewayId))
    .where(matched);
  return page(rows, countUpTo(reader, matches));
}

export async function get(reader: Reader | Tx, id: string) {
  const [pool] = await reader
    .select(columns)
    .from(ipPools)
    .leftJoin(gateways, eq(gateways.id, ipPools.gatewayId))
    .where(eq(ipPools.id, id));
  return pool;
}

/** Holds the pool until the transaction ends; nobody gets an address of it in the meantime. */
export async function lock(tx: Tx, id: string): Promise<void> {
  await tx.select({ id: ipPools.id }).from(ipPools).where(eq(ipPools.id, id)).for("no key update");
}

/** Changes of who owns which network happen one after the other: an overlap is seen before it is made. */
export async function lockPlan(tx: Tx): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('address plan', 0))`);
}

export async function create(tx: Tx, gatewayId: string, network: string): Promise<string> {
  const [row] = await tx.execute<{ id: string }>(sql`select create_pool(${gatewayId}, ${network}::cidr) as id`);
  if (!row) throw new Error("The pool was not created");
  return row.id;
}

/** A live allocation and who has it, to say what is in the way. */
export type InTheWay = { address: string; device: string | null; count: number };

/** The first of the pool's live allocations within a range, or outside of it, and how many there are. */
export async function liveIn(tx: Tx, id: string, { range, isInside }: { range: string; isInside: boolean }) {
  const within = isInside
    ? sql`a.address <<= ${range}::cidr`
    : sql`not a.address <<= ${range}::cidr or family(a.address) = 4 and a.address = host(broadcast(${range}::cidr))::inet`;
  const [row] = await tx.execute<InTheWay>(sql`
    select host(a.address) as address, d.name as device, count(*) over ()::int as count
      from ip_allocations a left join devices d on d.id = a.device_id
     where a.pool_id = ${id} and a.released_at is null and (${within}) order by a.address limit 1`);
  return row;
}

/** What the pool would be with another prefix; null when it cannot start where it does. */
export async function resized(tx: Tx, cidr: string, prefix: number): Promise<string | null> {
  const [row] = await tx.execute<{ network: string | null }>(sql`
    select case when host(network(set_masklen(${cidr}::inet, ${prefix}))) = host(${cidr}::inet)
                then text(set_masklen(${cidr}::cidr, ${prefix})) end as network`);
  return row?.network ?? null;
}

interface Relation extends Record<string, unknown> {
  /** The range without host bits. */
  network: string;
  isInside: boolean;
  /** A reserved range it overlaps. */
  reserved: string | null;
}

/** How a range lies to a pool. */
export async function relationOf(tx: Tx, { cidr, reserved }: Pick<Pool, "cidr" | "reserved">, range: string) {
  const [row] = await tx.execute<Relation>(sql`
    select text(network(${range}::inet)) as network, ${range}::inet <<= ${cidr}::cidr as "isInside",
           (select r from unnest(${sql.param([...reserved])}::text[]) r where r::inet && ${range}::inet limit 1) as reserved`);
  if (!row) throw new Error("The database said nothing");
  return row;
}

/** Gives the pool, and the gateway it belongs to, another size. */
export async function resize(tx: Tx, { id, cidr, network }: { id: string; cidr: string; network: string }) {
  await tx.execute(sql`
    update ip_pools set cidr = ${network}::cidr, max_off = pool_max_off(${network}::cidr),
           next_off = least(next_off, pool_max_off(${network}::cidr) + 1)
     where id = ${id}`);
  await tx.execute(sql`
    update gateways g
       set vpn_cidr = case when vpn_cidr = ${cidr}::cidr then ${network}::cidr else vpn_cidr end,
           vpn_cidr_v6 = case when vpn_cidr_v6 = ${cidr}::cidr then ${network}::cidr else vpn_cidr_v6 end
      from ip_pools p where p.id = ${id} and g.id = p.gateway_id`);
}

export async function setReserved(tx: Tx, id: string, ranges: readonly string[]): Promise<void> {
  const after = sql`array(select c::cidr from unnest(${sql.param([...ranges])}::text[]) c order by c::cidr)`;
  // What was passed over while it was reserved is found again from where its range starts.
  await tx.execute(sql`
    update ip_pools
       set reserved = ${after},
           next_off = least(next_off, greatest(2, (
             select min(least(host(r)::inet, host(cidr)::inet + max_off) - host(cidr)::inet)
               from unnest(reserved) r where r <> all (${after}))))
     where id = ${id}`);
}

/** Counts anew. @returns the mark that the use has just passed */
export async function recount(tx: Tx, id: string): Promise<number | null> {
  const [row] = await tx.execute<{ crossed: number | null }>(sql`select recount_pool(${id}) as crossed`);
  return row?.crossed ?? null;
}

/** Takes a gateway's pools away; what was allocated from them stays in the history. */
export async function remove(tx: Tx, gatewayId: string) {
  const own = sql`(select id from ip_pools where gateway_id = ${gatewayId})`;
  await tx.update(ipAllocations).set({ poolId: null }).where(sql`${ipAllocations.poolId} in ${own}`);
  return tx.delete(ipPools).where(eq(ipPools.gatewayId, gatewayId)).returning({ id: ipPools.id, cidr: ipPools.cidr });
}

export type Occupied = { network: string; kind: "tunnels" | "network"; gateway: string; wanted: string };

/** The first network of a live gateway that overlaps one of these. */
export async function overlap(
  reader: Reader | Tx,
  wanted: readonly string[],
  { exceptTunnels, exceptNetworks }: { exceptTunnels?: string; exceptNetworks?: string },
): Promise<Occupied | undefined> {
  const [row] = await reader.execute<Occupied>(sql`
    select text(o.network) as network, o.kind, g.name as gateway, w as wanted
      from (select id as gateway_id, unnest(array[vpn_cidr, vpn_cidr_v6]) as network, 'tunnels' as kind from ${gateways}
             where id is distinct from ${exceptTunnels ?? null}::uuid
             union all
            select gateway_id, network, 'network' from ${gatewayNetworks}
             where gateway_id is distinct from ${exceptNetworks ?? null}::uuid) o
      join gateways g on g.id = o.gateway_id and g.deleted_at is null
      join unnest(${sql.param([...wanted])}::text[]) w on w::inet && o.network
     order by o.network limit 1`);
  return row;
}

/** Two of the networks that overlap, in the order given. */
export async function overlapAmong(tx: Tx, networks: readonly string[]) {
  const numbered = (name: string) =>
    sql`unnest(${sql.param([...networks])}::text[]) with ordinality as ${sql.identifier(name)} (network, at)`;
  const [row] = await tx.execute<{ first: string; second: string }>(sql`
    select a.network as first, b.network as second from ${numbered("a")} join ${numbered("b")} on a.at < b.at
     where a.network::inet && b.network::inet limit 1`);
  return row;
}
