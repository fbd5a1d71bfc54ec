import { and, eq, gt, inArray, isNotNull, isNull, lte, or, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { devices, gateways, ipAllocations, ipPools, users } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one, type SortKey } from "@/server/core/pagination";
import { networkLike } from "./network-like";
import { type AskHolder, allocationDirection, type ListAllocations } from "./schema";

const t = ipAllocations;
const owner = alias(users, "owner");

const columns = {
  id: t.id,
  address: sql<string>`host(${t.address})`,
  status: t.status,
  poolId: t.poolId,
  poolCidr: ipPools.cidr,
  gatewayName: gateways.name,
  deviceId: t.deviceId,
  deviceName: devices.name,
  ownerName: owner.username,
  allocatedAt: t.allocatedAt,
  releasedAt: t.releasedAt,
  reusableAfter: t.reusableAfter,
};

const selected = (reader: Reader | Tx, sortValue: SQL<string>) =>
  reader
    .select({ ...columns, sortValue })
    .from(t)
    .innerJoin(gateways, eq(gateways.id, t.gatewayId))
    .leftJoin(ipPools, eq(ipPools.id, t.poolId))
    .leftJoin(devices, eq(devices.id, t.deviceId))
    .leftJoin(owner, eq(owner.id, devices.userId));

const sortKeys: Record<ListAllocations["sort"], SortKey> = {
  allocatedAt: { expression: t.allocatedAt, type: "timestamptz" },
  address: { expression: t.address, type: "inet" },
};

/** An address, a network or the beginning of one is looked for among the addresses, anything else among the devices. */
function searched(q: string): SQL | undefined {
  const network = networkLike(q);
  if (network) return sql`${t.address} <<= ${network}::inet`;
  return sql`${t.deviceId} in (select d.id from devices d where d.name ilike ${containing(q)})`;
}

const inState = { live: isNull(t.releasedAt), released: isNotNull(t.releasedAt) };

/** Whether somebody had it at the moment. */
function livedAt(at: Date): SQL | undefined {
  const moment = sql`${at.toISOString()}::timestamptz`;
  return and(lte(t.allocatedAt, moment), or(isNull(t.releasedAt), gt(t.releasedAt, moment)));
}

function matching({ q, state, pool, device, address, at }: ListAllocations): SQL | undefined {
  return and(
    q ? searched(q) : undefined,
    state ? inState[state] : undefined,
    pool ? eq(t.poolId, pool) : undefined,
    device ? eq(t.deviceId, device) : undefined,
    address ? eq(t.address, address) : undefined,
    at ? livedAt(at) : undefined,
  );
}

export async function list(reader: Reader, filter: ListAllocations) {
  const { where, orderBy, gatheredBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: sortKeys[filter.sort],
    id: { expression: t.id, type: "uuid" },
    direction: allocationDirection(filter),
  });
  const counting = countUpTo(reader, reader.select(one).from(t).where(matching(filter)));
  const rowsOf = (isFew: boolean) =>
    selected(reader, sortValue)
      .where(and(matching(filter), where))
      .orderBy(isFew ? gatheredBy : orderBy)
      .limit(limit);
  const rows = filter.q ? counting.then(({ totalIsExact }) => rowsOf(totalIsExact)) : rowsOf(false);
  return page(rows, counting);
}

export async function get(reader: Reader | Tx, id: string) {
  const [allocation] = await selected(reader, sql`''`).where(eq(t.id, id));
  return allocation;
}

/** Who had the address then: one, unless two gateways had the network one after the other within a moment. */
export async function holders(reader: Reader, { address, at }: AskHolder) {
  return selected(reader, sql`''`)
    .where(and(eq(t.address, address), at ? livedAt(at) : isNull(t.releasedAt)))
    .orderBy(t.allocatedAt)
    .limit(10);
}

interface Allocated extends Record<string, unknown> {
  allocationId: string | null;
  address: string | null;
  isNew: boolean;
  crossed: number | null;
}

/** The device's address in the pool; `undefined` when there is no such pool, without an address when it is used up. */
export async function allocate(tx: Tx, poolId: string, deviceId: string): Promise<Allocated | undefined> {
  const [row] = await tx.execute<Allocated>(sql`
    select allocation_id as "allocationId", host(address) as address, is_new as "isNew", crossed
      from allocate_address(${poolId}, ${deviceId})`);
  return row;
}

interface Assigned extends Record<string, unknown> {
  outcome: "assigned" | "unchanged" | "no-pool" | "outside" | "kept" | "taken";
  allocationId: string | null;
  before: string | null;
  crossed: number | null;
}

export async function assign(tx: Tx, values: { poolId: string; deviceId: string; address: string }): Promise<Assigned> {
  const [row] = await tx.execute<Assigned>(sql`
    select outcome, allocation_id as "allocationId", host(before) as before, crossed
      from assign_address(${values.poolId}, ${values.deviceId}, ${values.address}::inet)`);
  if (!row) throw new Error("The database said nothing");
  return row;
}

export interface Held {
  deviceIds?: readonly string[];
  gatewayId?: string;
}

/** The live allocations of devices, of a gateway, or of devices at a gateway. */
export async function liveIds(tx: Tx, { deviceIds, gatewayId }: Held): Promise<string[]> {
  const held = and(
    isNull(t.releasedAt),
    deviceIds ? inArray(t.deviceId, [...deviceIds]) : undefined,
    gatewayId ? eq(t.gatewayId, gatewayId) : undefined,
  );
  const rows = await tx.select({ id: t.id }).from(t).where(held);
  return rows.map(({ id }) => id);
}

interface Released extends Record<string, unknown> {
  id: string;
  deviceId: string | null;
  address: string;
  userId: string | null;
}

export async function release(tx: Tx, ids: readonly string[]): Promise<Released[]> {
  if (ids.length === 0) return [];
  return tx.execute<Released>(sql`
    select r.id, r.device_id as "deviceId", host(r.address) as address, d.user_id as "userId"
      from release_allocations(${sql.param([...ids])}::uuid[]) r left join devices d on d.id = r.device_id`);
}

interface Moved extends Record<string, unknown> {
  allocationId: string;
  previousId: string;
  address: string;
}

/** Gives a device what another has, in one moment. The caller holds both devices' rows. */
export async function move(tx: Tx, { from, to }: { from: string; to: string }): Promise<Moved[]> {
  return tx.execute<Moved>(sql`
    select allocation_id as "allocationId", previous_id as "previousId", host(address) as address
      from move_addresses(${from}, ${to})`);
}

/** The device, held, if it may have an address: not one that is over for good. */
export async function lockDevice(tx: Tx, id: string) {
  const [device] = await tx
    .select({ id: devices.id, name: devices.name, userId: devices.userId, status: devices.status })
    .from(devices)
    .where(and(eq(devices.id, id), isNull(devices.deletedAt)))
    .for("share");
  return device;
}

/** Whether the address is what a live tunnel of its device is made with. */
export async function isInTunnel(tx: Tx, id: string): Promise<boolean> {
  const [row] = await tx.execute<{ isInTunnel: boolean }>(sql`
    select exists (select from wireguard_peers p join ip_allocations a on a.device_id = p.device_id and a.gateway_id = p.gateway_id
                    where a.id = ${id} and p.state = 'active' and p.deleted_at is null) as "isInTunnel"`);
  return row?.isInTunnel ?? false;
}
