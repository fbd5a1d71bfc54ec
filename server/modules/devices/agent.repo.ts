import { and, desc, eq, isNull, lt, ne, type SQL, sql } from "drizzle-orm";
import {
  agentNonces,
  desiredDocuments,
  deviceFacts,
  deviceKeys,
  deviceReports,
  deviceRuns,
  devices,
} from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import type { PublicJwk } from "@/server/core/public-jwk";

/** Serialises enrolments of one key; other keys are not held up. */
export async function lockThumbprint(tx: Tx, thumbprint: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${thumbprint}, 42))`);
}

export async function byThumbprint(tx: Tx | Reader, thumbprint: string) {
  const [device] = await tx
    .select({
      deviceId: devices.id,
      name: devices.name,
      status: devices.status,
      thumbprint: deviceKeys.thumbprint,
      keyStatus: deviceKeys.status,
      rotateAfter: deviceKeys.rotateAfter,
    })
    .from(deviceKeys)
    .innerJoin(devices, eq(devices.id, deviceKeys.deviceId))
    .where(eq(deviceKeys.thumbprint, thumbprint));
  return device;
}

/** The newest live device that said it runs on this hardware. A hint for people, never an identity. */
export async function byHardware(tx: Tx, hardwareHash: string) {
  const [device] = await tx
    .select({
      id: devices.id,
      name: devices.name,
      userId: devices.userId,
      status: devices.status,
      isOffline: sql<boolean>`coalesce(${devices.lastSeenAt}, ${devices.createdAt}) < now() - interval '24 hours'`,
    })
    .from(devices)
    .where(
      and(
        eq(devices.hardwareHash, hardwareHash),
        isNull(devices.deletedAt),
        sql`${devices.status} not in ('revoked', 'retired', 'rejected')`,
      ),
    )
    .orderBy(desc(devices.createdAt))
    .limit(1);
  return device;
}

interface NewKey {
  deviceId: string;
  thumbprint: string;
  jwk: PublicJwk;
}

const KEY_LIFETIME = sql`now() + interval '180 days'`;
/** How long the old key of a rotation works beside the new one, at most. */
const RETIRING = sql`now() + interval '24 hours'`;

export async function insertDevice(tx: Tx, values: Omit<typeof devices.$inferInsert, "id">): Promise<string> {
  const [row] = await tx.insert(devices).values(values).returning({ id: devices.id });
  if (!row) throw new Error("The device was not inserted");
  return row.id;
}

export async function insertKey(tx: Tx, { deviceId, thumbprint, jwk }: NewKey): Promise<Date | null> {
  const algorithm = jwk.kty === "OKP" ? "ed25519" : "ecdsa-p256-sha256";
  const [row] = await tx
    .insert(deviceKeys)
    .values({ deviceId, thumbprint, jwk: { ...jwk }, algorithm, rotateAfter: KEY_LIFETIME })
    .returning({ rotateAfter: deviceKeys.rotateAfter });
  return row?.rotateAfter ?? null;
}

/** Notes that a key is in use, and from where. */
export async function noteKeyUse(tx: Tx, thumbprint: string, ip: string | null): Promise<void> {
  await tx
    .update(deviceKeys)
    .set({ lastUsedAt: sql`now()`, lastUsedIp: ip })
    .where(eq(deviceKeys.thumbprint, thumbprint));
}

interface Heard {
  thumbprint: string;
  ip: string | null;
}

/**
 * Notes of many devices that they are there, unless that was noted within the minute, by whomever. In one order, so that
 * two who write the same never wait for each other.
 */
export async function noteHeard(tx: Tx, heard: ReadonlyMap<string, Heard>): Promise<void> {
  const said = [...heard.values()];
  const ids = sql.param([...heard.keys()]);
  const thumbprints = sql.param(said.map(({ thumbprint }) => thumbprint));
  const ips = sql.param(said.map(({ ip }) => ip));
  await tx.execute(sql`
    with heard as (
      select d.id, h.thumbprint, h.ip::inet as ip
        from unnest(${ids}::uuid[], ${thumbprints}::text[], ${ips}::text[]) h (id, thumbprint, ip)
        join devices d on d.id = h.id and coalesce(d.last_seen_at, '-infinity') < now() - interval '1 minute'
       order by d.id for no key update of d
    ), used as (
      update device_keys k set last_used_at = now(), last_used_ip = heard.ip from heard
       where k.thumbprint = heard.thumbprint
    )
    update devices d set last_seen_at = now(), last_seen_ip = heard.ip from heard where d.id = heard.id`);
}

/** The key in use becomes a retiring one; one that is retiring already keeps its hour. */
export async function retireKey(tx: Tx, thumbprint: string): Promise<void> {
  await tx
    .update(deviceKeys)
    .set({ status: "retiring", retiresAt: RETIRING })
    .where(and(eq(deviceKeys.thumbprint, thumbprint), eq(deviceKeys.status, "active")));
}

/** Ends the key that would be in the way of a new one: announced once, never used. */
export async function revokeActiveKeys(tx: Tx, deviceId: string): Promise<void> {
  await tx
    .update(deviceKeys)
    .set({ status: "revoked", revokedAt: sql`now()` })
    .where(and(eq(deviceKeys.deviceId, deviceId), eq(deviceKeys.status, "active")));
}

/** The first request with the new key ends the old ones. @returns whether there were any */
export async function endRetiringKeys(tx: Tx, deviceId: string, keep: string): Promise<void> {
  await tx
    .update(deviceKeys)
    .set({ status: "revoked", revokedAt: sql`now()` })
    .where(and(eq(deviceKeys.deviceId, deviceId), eq(deviceKeys.status, "retiring"), ne(deviceKeys.thumbprint, keep)));
}

/** Remembers a nonce. @returns whether it is new */
export async function rememberNonce(tx: Tx, deviceId: string, nonce: string): Promise<boolean> {
  const rows = await tx
    .insert(agentNonces)
    .values({ deviceId, nonce })
    .onConflictDoNothing()
    .returning({ nonce: agentNonces.nonce });
  return rows.length > 0;
}

export async function state(tx: Tx | Reader, deviceId: string) {
  const [device] = await tx
    .select({
      id: devices.id,
      name: devices.name,
      userId: devices.userId,
      status: devices.status,
      platform: devices.platform,
      appVersion: devices.appVersion,
      desiredHash: devices.desiredHash,
      appliedHash: devices.appliedHash,
      recentInstanceIds: devices.recentInstanceIds,
      cloneFlips: devices.cloneFlips,
      hardwareHash: devices.hardwareHash,
      isSeenLately: sql<boolean>`coalesce(${devices.lastSeenAt} > now() - interval '1 minute', false)`,
      rotatesKey: sql<boolean>`exists (select 1 from device_keys k where k.device_id = devices.id and k.status = 'active' and k.rotate_after < now())`,
    })
    .from(devices)
    .where(eq(devices.id, deviceId));
  return device;
}

/** {@link state}, held until the transaction ends. */
export async function lockState(tx: Tx, deviceId: string) {
  await lockDesired(tx, deviceId);
  return state(tx, deviceId);
}

/** Holds the device's row. @returns the ETag of its document, null when it is to be compiled */
export async function lockDesired(tx: Tx, deviceId: string): Promise<string | null> {
  const [row] = await tx
    .select({ desiredHash: devices.desiredHash })
    .from(devices)
    .where(eq(devices.id, deviceId))
    .for("update");
  return row?.desiredHash ?? null;
}

export async function tagNames(tx: Tx | Reader, deviceId: string): Promise<string[]> {
  const rows = await tx.execute<{ name: string }>(
    sql`select g.name from device_tags dt join tags g on g.id = dt.tag_id where dt.device_id = ${deviceId} order by g.name`,
  );
  return rows.map(({ name }) => name);
}

export async function factHashes(tx: Tx | Reader, deviceId: string): Promise<Map<string, string>> {
  const rows = await tx
    .select({ section: deviceFacts.section, hash: deviceFacts.hash })
    .from(deviceFacts)
    .where(eq(deviceFacts.deviceId, deviceId));
  return new Map(rows.map(({ section, hash }) => [section, hash]));
}

export async function putFacts(tx: Tx, values: typeof deviceFacts.$inferInsert): Promise<void> {
  const { facts, hash } = values;
  await tx
    .insert(deviceFacts)
    .values(values)
    .onConflictDoUpdate({ target: [deviceFacts.deviceId, deviceFacts.section], set: { facts, hash } });
}

/** Stores a compiled document under its hash and points the device at it. */
export async function putDocument(
  tx: Tx,
  deviceId: string,
  { etag, body }: { etag: string; body: Record<string, unknown> },
): Promise<void> {
  await tx.insert(desiredDocuments).values({ hash: etag, body }).onConflictDoNothing();
  await tx.update(devices).set({ desiredHash: etag }).where(eq(devices.id, deviceId));
}

export async function document(reader: Reader | Tx, etag: string): Promise<unknown> {
  const [row] = await reader
    .select({ body: desiredDocuments.body })
    .from(desiredDocuments)
    .where(eq(desiredDocuments.hash, etag));
  return row?.body;
}

/** Stores a run once. @returns whether the report is new */
export async function insertRun(tx: Tx, values: typeof deviceRuns.$inferInsert): Promise<boolean> {
  const { deviceId, reportId } = values;
  const first = await tx
    .insert(deviceReports)
    .values({ deviceId, reportId })
    .onConflictDoNothing()
    .returning({ reportId: deviceReports.reportId });
  if (first.length > 0) await tx.insert(deviceRuns).values(values);
  return first.length > 0;
}

const ago = (seconds: number): SQL => sql`now() - make_interval(secs => ${seconds})`;

export async function forgetNonces(tx: Tx, olderThanS: number): Promise<void> {
  await tx.delete(agentNonces).where(lt(agentNonces.seenAt, ago(olderThanS)));
}

export async function forgetReports(tx: Tx, olderThanS: number): Promise<void> {
  await tx.delete(deviceReports).where(lt(deviceReports.createdAt, ago(olderThanS)));
}
