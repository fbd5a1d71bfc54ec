import { and, eq, ilike, inArray, isNull, ne, or, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { neverFirst } from "@/db/columns";
import { deviceFacts, deviceKeys, devices, deviceTags, enrolmentTokens, users } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { DeviceId } from "@/server/core/ids";
import { containing, countUpTo, keyset, one, type Search, type SortKey, searching } from "@/server/core/pagination";
import { type DeviceFilter, deviceDirection, type ListDevices } from "./schema";

/** The database's clock, as a value to write. */
export const NOW = sql`now()`;

const owner = alias(users, "owner");
const approver = alias(users, "approver");
const predecessor = alias(devices, "predecessor");

const tagLabels = sql<
  { id: string; name: string; color: string }[]
>`coalesce((select json_agg(json_build_object('id', g.id, 'name', g.name, 'color', g.color) order by g.name) from device_tags dt join tags g on g.id = dt.tag_id where dt.device_id = devices.id), '[]')`;

/** Two flips of the instance id cannot come from a restart; see docs/agent-protocol.md. */
export const CLONE_FLIPS = 2;

/** In a state that it comes back from. */
const isLive = sql`${devices.status} in ('pending', 'active', 'suspended', 'quarantined')`;

const summary = {
  id: devices.id,
  name: devices.name,
  status: devices.status,
  platform: devices.platform,
  osVersion: devices.osVersion,
  appVersion: devices.appVersion,
  ownerId: devices.userId,
  ownerName: owner.username,
  tags: tagLabels,
  gatewayId: devices.gatewayId,
  gatewayName: sql<string | null>`(select g.name from gateways g where g.id = devices.gateway_id)`,
  compliance: devices.compliance,
  isCloneSuspected: sql<boolean>`${devices.cloneFlips} >= ${CLONE_FLIPS}`,
  lastSeenAt: devices.lastSeenAt,
  endsAt:
    sql<Date | null>`case when ${isLive} then least(${devices.expiresAt}, (select min(p.not_after) from wireguard_peers p where p.device_id = devices.id and p.state = 'active')) end`.mapWith(
      devices.expiresAt,
    ),
  expiresAt: devices.expiresAt,
  createdAt: devices.createdAt,
};

const sortKeys: Record<ListDevices["sort"], SortKey> = {
  name: { expression: devices.name, type: "text" },
  lastSeenAt: { expression: sql`coalesce(${devices.lastSeenAt}, '-infinity'::timestamptz)`, type: "timestamptz" },
  createdAt: { expression: devices.createdAt, type: "timestamptz" },
};

/** Still in service, and neither seen nor connected for so many days; a new device is not inactive. */
const inactiveFor = (days: number): SQL =>
  sql`${isLive} and greatest(${devices.lastSeenAt}, ${devices.lastConnectedAt}, ${devices.createdAt}) < now() - make_interval(days => ${days})`;

const endAt = neverFirst(devices.expiresAt);
const isExpired = sql`${isLive} and ${endAt} > '-infinity' and ${endAt} <= now()`;
/** Within a week, by the device's end or a tunnel's. */
const leavesSoon = sql`${isLive} and not coalesce(${devices.expiresAt} <= now(), false) and devices.id in (
  select e.id from devices e
   where coalesce(e.expires_at, '-infinity'::timestamptz) between now() and now() + interval '7 days'
  union all select p.device_id from wireguard_peers p
   where p.state = 'active' and p.not_after between now() and now() + interval '7 days')`;

function matching(
  { q, status, tag, owner: ownerId, inactiveDays, leaves }: DeviceFilter,
  search: Search = "few",
): SQL | undefined {
  const names = [devices.name, devices.osVersion];
  return and(
    isNull(devices.deletedAt),
    q ? searching(search, or(...names.map((name) => ilike(name, containing(q))))) : undefined,
    status ? eq(devices.status, status) : undefined,
    ownerId ? eq(devices.userId, ownerId) : undefined,
    inactiveDays ? inactiveFor(inactiveDays) : undefined,
    leaves && (leaves === "expired" ? isExpired : leavesSoon),
    tag ? sql`exists (select 1 from device_tags dt where dt.device_id = devices.id and dt.tag_id = ${tag})` : undefined,
  );
}

export async function list(reader: Reader, filter: ListDevices) {
  const { where, orderBy, gatheredBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: sortKeys[filter.sort],
    id: { expression: devices.id, type: "uuid" },
    direction: deviceDirection(filter),
  });
  const counting = countUpTo(reader, reader.select(one).from(devices).where(matching(filter)));
  const rowsOf = (search: Search) =>
    reader
      .select({ ...summary, sortValue })
      .from(devices)
      .leftJoin(owner, eq(owner.id, devices.userId))
      .where(and(matching(filter, search), where))
      .orderBy(filter.q && search === "few" ? gatheredBy : orderBy)
      .limit(limit);
  // How many a search matches decides how its rows are found; without one, both are asked for in one round trip.
  const rows = filter.q ? counting.then(({ totalIsExact }) => rowsOf(totalIsExact ? "few" : "many")) : rowsOf("few");
  return page(rows, counting);
}

export async function get(reader: Reader | Tx, id: string) {
  const [device] = await reader
    .select(summary)
    .from(devices)
    .leftJoin(owner, eq(owner.id, devices.userId))
    .where(eq(devices.id, id));
  return device;
}

async function base(reader: Reader, id: string) {
  const [device] = await reader
    .select({
      ...summary,
      deviceFingerprint: devices.deviceFingerprint,
      enrolledWith: enrolmentTokens.name,
      ephemeralTtlS: enrolmentTokens.ephemeralTtlS,
      lastSeenIp: devices.lastSeenIp,
      approvedAt: devices.approvedAt,
      approvedByName: approver.username,
      revokedAt: devices.revokedAt,
      removedAt: devices.deletedAt,
      desiredHash: devices.desiredHash,
      appliedHash: devices.appliedHash,
      cloneFlips: devices.cloneFlips,
      packageCount: sql<number>`coalesce((select jsonb_array_length(f.facts -> 'packages') from device_facts f where f.device_id = ${devices.id} and f.section = 'packages'), 0)`,
      tunnels: sql<number>`(select count(*)::int from wireguard_peers p where p.device_id = ${devices.id} and p.state = 'active')`,
      certificates: sql<number>`(select count(*)::int from certificates c where c.device_id = ${devices.id} and c.status = 'active')`,
      predecessor: { id: predecessor.id, name: predecessor.name, status: predecessor.status },
    })
    .from(devices)
    .leftJoin(owner, eq(owner.id, devices.userId))
    .leftJoin(approver, eq(approver.id, devices.approvedBy))
    .leftJoin(enrolmentTokens, eq(enrolmentTokens.id, devices.enrolmentTokenId))
    .leftJoin(predecessor, eq(predecessor.id, devices.possiblePredecessorId))
    .where(eq(devices.id, id));
  return device;
}

/** Everything the device's page shows but the packages, of which there are thousands. */
export async function detail(reader: Reader, id: string) {
  const [device, keys, facts] = await Promise.all([
    base(reader, id),
    reader
      .select({
        thumbprint: deviceKeys.thumbprint,
        algorithm: deviceKeys.algorithm,
        status: deviceKeys.status,
        createdAt: deviceKeys.createdAt,
        lastUsedAt: deviceKeys.lastUsedAt,
        rotateAfter: deviceKeys.rotateAfter,
      })
      .from(deviceKeys)
      .where(eq(deviceKeys.deviceId, id))
      .orderBy(sql`${deviceKeys.createdAt} desc`)
      .limit(20),
    reader
      .select({ section: deviceFacts.section, facts: deviceFacts.facts, updatedAt: deviceFacts.updatedAt })
      .from(deviceFacts)
      .where(and(eq(deviceFacts.deviceId, id), ne(deviceFacts.section, "packages")))
      .orderBy(deviceFacts.section),
  ]);
  return device && { ...device, keys, facts };
}

const locked = {
  id: devices.id,
  name: devices.name,
  status: devices.status,
  userId: devices.userId,
  gatewayId: devices.gatewayId,
  expiresAt: devices.expiresAt,
  possiblePredecessorId: devices.possiblePredecessorId,
};

/** The row for update, so that two people do not move one device at once. */
export async function lock(tx: Tx, id: string) {
  const [device] = await lockAll(tx, [id]);
  return device;
}

/** The rows for update, always in one order, so that two selections that overlap do not wait for each other. */
export async function lockAll(tx: Tx, ids: readonly string[]) {
  return tx
    .select(locked)
    .from(devices)
    .where(and(inArray(devices.id, [...ids]), isNull(devices.deletedAt)))
    .orderBy(devices.id)
    .for("update");
}

/** The devices a filter matches, `limit` at most. */
export async function idsMatching(tx: Tx, filter: DeviceFilter, limit: number): Promise<string[]> {
  const rows = await tx.select({ id: devices.id }).from(devices).where(matching(filter)).limit(limit);
  return rows.map(({ id }) => id);
}

export type Values = { [Column in keyof typeof devices.$inferInsert]?: (typeof devices.$inferInsert)[Column] | SQL };

export async function update(tx: Tx, id: string, values: Values): Promise<void> {
  await updateAll(tx, [id], values);
}

export async function updateAll(tx: Tx, ids: readonly string[], values: Values): Promise<void> {
  await tx
    .update(devices)
    .set(values)
    .where(inArray(devices.id, [...ids]));
}

/** The successor leaves the private network no later than its predecessor would have. */
export async function inheritEnd(tx: Tx, { from, to }: { from: string; to: string }): Promise<void> {
  await update(tx, to, {
    expiresAt: sql`least(${devices.expiresAt}, (select o.expires_at from devices o where o.id = ${from}))`,
  });
}

/** Revokes every key of these devices for good. */
export async function revokeKeys(tx: Tx, deviceIds: readonly string[]): Promise<void> {
  await tx
    .update(deviceKeys)
    .set({ status: "revoked", revokedAt: sql`now()` })
    .where(and(inArray(deviceKeys.deviceId, [...deviceIds]), ne(deviceKeys.status, "revoked")));
}

export async function idsTagged(tx: Tx, tagId: string): Promise<DeviceId[]> {
  const rows = await tx.select({ id: deviceTags.deviceId }).from(deviceTags).where(eq(deviceTags.tagId, tagId));
  return rows.map(({ id }) => DeviceId.parse(id));
}

export async function tagNames(tx: Tx, deviceId: string): Promise<string[]> {
  const rows = await tx.execute<{ name: string }>(
    sql`select g.name from device_tags dt join tags g on g.id = dt.tag_id where dt.device_id = ${deviceId} order by g.name`,
  );
  return rows.map(({ name }) => name);
}

export async function addTags(
  tx: Tx,
  deviceId: string,
  { tagIds, source }: { tagIds: readonly string[]; source: string },
) {
  if (tagIds.length === 0) return;
  await tx
    .insert(deviceTags)
    .values(tagIds.map((tagId) => ({ deviceId, tagId, source })))
    .onConflictDoNothing();
}

/** Leaves exactly these tags on the device. */
export async function replaceTags(tx: Tx, deviceId: string, tagIds: readonly string[]): Promise<void> {
  await tx
    .delete(deviceTags)
    .where(
      and(eq(deviceTags.deviceId, deviceId), sql`not (${deviceTags.tagId} = any(${sql.param([...tagIds])}::uuid[]))`),
    );
  await addTags(tx, deviceId, { tagIds, source: "manual" });
}

/** Copies the tags of one device to another. */
export async function copyTags(tx: Tx, fromId: string, toId: string): Promise<void> {
  await tx.execute(
    sql`insert into device_tags (device_id, tag_id, source) select ${toId}, tag_id, source from device_tags where device_id = ${fromId} on conflict do nothing`,
  );
}
