import { and, asc, eq, ilike, inArray, isNotNull, isNull, or, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { asText } from "@/db/columns";
import { devices, gateways, ipPools, peerTraffic, users, wireguardPeers } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one } from "@/server/core/pagination";
import { type ListTunnels, ONLINE_S, type TrafficResolution, trafficSpans } from "./schema";

const peers = wireguardPeers;

const addresses = sql<string[]>`array(select host(a.address) from ip_allocations a
  where a.device_id = ${peers.deviceId} and a.gateway_id = ${peers.gatewayId} and a.released_at is null
  order by family(a.address))`;

const today = (column: "rx_bytes" | "tx_bytes") => sql<number>`coalesce((
  select t.${sql.identifier(column)} from peer_traffic t
   where t.peer_id = ${peers.id} and t.resolution = 'day' and t.bucket_at = date_trunc('day', now(), 'UTC')), 0)::float8`;

const columns = {
  id: peers.id,
  deviceId: peers.deviceId,
  deviceName: devices.name,
  ownerName: sql<string | null>`coalesce(nullif(${users.displayName}, ''), ${users.username}::text)`,
  gatewayId: peers.gatewayId,
  gatewayName: gateways.name,
  publicKey: peers.publicKey,
  addresses,
  state: peers.state,
  notAfter: peers.notAfter,
  deviceExpiresAt: devices.expiresAt,
  isOnline: sql<boolean>`${peers.state} = 'active'
    and coalesce(${peers.lastHandshakeAt} > now() - make_interval(secs => ${ONLINE_S}), false)`,
  lastHandshakeAt: peers.lastHandshakeAt,
  remoteEndpoint: peers.remoteEndpoint,
  rxBytes: today("rx_bytes"),
  txBytes: today("tx_bytes"),
  createdAt: peers.createdAt,
};

/** Tunnels with what they are shown by, and more columns if wanted. */
export const selectTunnels = <More extends Record<string, PgColumn | SQL>>(reader: Reader | Tx, more: More) =>
  reader
    .select({ ...columns, ...more })
    .from(peers)
    .innerJoin(devices, eq(devices.id, peers.deviceId))
    .innerJoin(gateways, eq(gateways.id, peers.gatewayId))
    .leftJoin(users, eq(users.id, devices.userId));

function matching({ q, gateway, device, state }: ListTunnels): SQL | undefined {
  return and(
    q ? or(ilike(asText(devices.name), containing(q)), eq(peers.publicKey, q)) : undefined,
    gateway ? eq(peers.gatewayId, gateway) : undefined,
    device ? eq(peers.deviceId, device) : undefined,
    state ? eq(peers.state, state) : undefined,
  );
}

export async function list(reader: Reader, filter: ListTunnels) {
  const { where, orderBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: { expression: peers.createdAt, type: "timestamptz" },
    id: { expression: peers.id, type: "uuid" },
    direction: filter.direction ?? "desc",
  });
  const matched = matching(filter);
  const rows = selectTunnels(reader, { sortValue }).where(and(matched, where)).orderBy(orderBy).limit(limit);
  const counted = reader.select(one).from(peers).innerJoin(devices, eq(devices.id, peers.deviceId)).where(matched);
  return page(rows, countUpTo(reader, counted));
}

export async function get(reader: Reader | Tx, id: string) {
  const [tunnel] = await selectTunnels(reader, {}).where(eq(peers.id, id));
  return tunnel;
}

/** A device's tunnels in use, its primary one first. */
export async function allOfDevice(reader: Reader | Tx, deviceId: string) {
  return selectTunnels(reader, {})
    .where(and(eq(peers.deviceId, deviceId), eq(peers.state, "active")))
    .orderBy(peers.beganAt, peers.gatewayId);
}

/** Their rows, held. */
export async function lockAllOfDevice(tx: Tx, deviceId: string) {
  const rows = await tx
    .select()
    .from(peers)
    .where(and(eq(peers.deviceId, deviceId), eq(peers.state, "active")))
    .orderBy(peers.id)
    .for("update");
  return rows.sort((a, b) => a.beganAt.getTime() - b.beganAt.getTime() || (a.gatewayId < b.gatewayId ? -1 : 1));
}

/** Another key follows. */
export async function supersede(tx: Tx, deviceId: string): Promise<void> {
  await tx
    .update(peers)
    .set({ state: "superseded" })
    .where(and(eq(peers.deviceId, deviceId), eq(peers.state, "active")));
}

/** The device, held so that nothing gives it another tunnel or takes it out of service meanwhile. */
export async function lockDevice(tx: Tx, id: string) {
  const [device] = await tx
    .select({
      id: devices.id,
      name: devices.name,
      status: devices.status,
      userId: devices.userId,
      gatewayId: devices.gatewayId,
      expiresAt: devices.expiresAt,
    })
    .from(devices)
    .where(and(eq(devices.id, id), isNull(devices.deletedAt)))
    .for("no key update");
  return device;
}

/** A gateway that was not removed, held so that nobody removes it before its new tunnel is committed. */
export async function lockGateway(tx: Tx, id: string) {
  const [found] = await tx
    .select()
    .from(gateways)
    .where(and(eq(gateways.id, id), isNull(gateways.deletedAt)))
    .for("no key update");
  return found;
}

/** Gateways one can begin a tunnel to. */
export async function usableGateways(reader: Reader) {
  return reader
    .select({ id: gateways.id, name: gateways.name })
    .from(gateways)
    .where(
      and(
        isNull(gateways.deletedAt),
        eq(gateways.isActive, true),
        isNotNull(gateways.publicKey),
        isNotNull(gateways.endpoint),
      ),
    )
    .orderBy(gateways.name)
    .limit(100);
}

/**
 * Whose key it is, if anybody's: a tunnel's, ended ones too, or a gateway's. Whoever asks for the same key at the same
 * moment waits for the transaction to end.
 */
export async function holderOfKey(tx: Tx, publicKey: string) {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`wireguard key ${publicKey}`}, 0))`);
  const [holder] = await tx
    .select({ state: peers.state, deviceName: devices.name })
    .from(peers)
    .innerJoin(devices, eq(devices.id, peers.deviceId))
    .where(eq(peers.publicKey, publicKey))
    .orderBy(peers.state)
    .limit(1);
  if (holder) return holder;
  return (await tx.$count(gateways, eq(gateways.publicKey, publicKey))) > 0 ? "gateway" : undefined;
}

/** A gateway's pools, IPv4 first. */
export async function poolIds(tx: Tx, gatewayId: string): Promise<string[]> {
  const rows = await tx
    .select({ id: ipPools.id })
    .from(ipPools)
    .where(eq(ipPools.gatewayId, gatewayId))
    .orderBy(ipPools.family, ipPools.id);
  return rows.map(({ id }) => id);
}

export async function insert(tx: Tx, values: typeof peers.$inferInsert): Promise<string> {
  const [row] = await tx.insert(peers).values(values).returning({ id: peers.id });
  if (!row) throw new Error("The tunnel was not inserted");
  return row.id;
}

export async function lock(tx: Tx, id: string) {
  const [row] = await tx.select().from(peers).where(eq(peers.id, id)).for("update");
  return row;
}

interface Issued {
  allowedIps: string[];
  dnsServers: string[];
  hash: string;
}

export async function update(tx: Tx, id: string, values: Partial<typeof peers.$inferInsert>): Promise<void> {
  await tx.update(peers).set(values).where(eq(peers.id, id));
}

/** What is kept of the last day by the minute, of two months by the hour, of a year by the day. */
export async function traffic(reader: Reader, id: string, resolution: TrafficResolution) {
  const since = sql`${peerTraffic.bucketAt} > now() - make_interval(hours => ${trafficSpans[resolution]})`;
  return reader
    .select({ at: peerTraffic.bucketAt, rxBytes: peerTraffic.rxBytes, txBytes: peerTraffic.txBytes })
    .from(peerTraffic)
    .where(and(eq(peerTraffic.peerId, id), eq(peerTraffic.resolution, resolution), since))
    .orderBy(asc(peerTraffic.bucketAt));
}

/** Active tunnels whose time is over. */
export async function lockExpired(tx: Tx) {
  return tx
    .select({ id: peers.id, deviceId: peers.deviceId, gatewayId: peers.gatewayId })
    .from(peers)
    .where(and(eq(peers.state, "active"), sql`${peers.notAfter} <= now()`))
    .orderBy(peers.id)
    .limit(500)
    .for("update", { skipLocked: true });
}

export async function end(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length > 0)
    await tx
      .update(peers)
      .set({ state: "revoked" })
      .where(inArray(peers.id, [...ids]));
}

/** Whether the gateway of the device's tunnel is in touch and has yet to apply what changed last. */
export async function isGatewayBehind(reader: Reader, deviceId: string): Promise<boolean> {
  const [row] = await reader.execute<{ isBehind: boolean }>(sql`
    select exists (
      select from wireguard_peers p join gateways g on g.id = p.gateway_id
       where p.device_id = ${deviceId} and p.state = 'active' and p.deleted_at is null
         and g.applied_revision < g.desired_revision and g.last_sync_at > now() - interval '1 minute') as "isBehind"`);
  return row?.isBehind ?? false;
}

/** Whether somebody, or its time, ended a tunnel of the device, and nobody has given it another since. */
export async function wasEnded(tx: Tx, deviceId: string): Promise<boolean> {
  const ended = and(eq(peers.deviceId, deviceId), eq(peers.state, "revoked"), isNull(peers.deletedAt));
  return (await tx.$count(peers, ended)) > 0;
}

export async function forgive(tx: Tx, { deviceId, gatewayId }: { deviceId: string; gatewayId: string }): Promise<void> {
  const there = and(eq(peers.deviceId, deviceId), eq(peers.gatewayId, gatewayId));
  await tx
    .update(peers)
    .set({ deletedAt: sql`now()` })
    .where(and(there, eq(peers.state, "revoked"), isNull(peers.deletedAt)));
}

/** The gateway in use whose pools have the largest share left, if there is one. */
export async function roomiestGateway(tx: Tx): Promise<string | undefined> {
  const [row] = await tx.execute<{ id: string }>(sql`
    select g.id from gateways g
      join lateral (select max(p.used::float8 / greatest(p.capacity, 1)) as share from ip_pools p where p.gateway_id = g.id) u on true
     where g.deleted_at is null and g.is_active and g.public_key is not null and g.endpoint is not null
     order by u.share, g.created_at, g.id limit 1`);
  return row?.id;
}

/** When the tunnel ended by itself of the device from which this one has its addresses there. */
export async function movedEnd(tx: Tx, deviceId: string, gatewayId: string): Promise<Date | null> {
  const [row] = await tx.execute<{ notAfter: string }>(sql`
    select p.not_after as "notAfter" from ip_allocations own
      join ip_allocations before on before.pool_id = own.pool_id and before.address = own.address
       and before.released_at = own.allocated_at and before.device_id <> own.device_id
      join wireguard_peers p on p.device_id = before.device_id and p.gateway_id = own.gateway_id
     where own.device_id = ${deviceId} and own.gateway_id = ${gatewayId} and own.released_at is null
     order by p.created_at desc limit 1`);
  return row?.notAfter ? new Date(row.notAfter) : null;
}

/** Remembers what was handed out, so that it can be told when it is out of date. */
export async function noteIssued(tx: Tx, id: string, { allowedIps, dnsServers, hash }: Issued): Promise<void> {
  await tx
    .update(peers)
    .set({
      profileRevision: sql`${peers.profileRevision} + 1`,
      lastProfileIssuedAt: sql`now()`,
      issuedProfileHash: hash,
      allowedIps,
      dnsServers,
    })
    .where(eq(peers.id, id));
}
