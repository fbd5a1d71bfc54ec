import { and, eq, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { SessionRevokeReason } from "@/db/enums";
import { refreshTokens, sessionSecurityEvents, sessions, users } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one, type SortKey } from "@/server/core/pagination";
import { ELEVATION_S } from "@/server/core/step-up";
import type { ListSessions } from "./schema";

const isOver = sql`(${sessions.expiresAt} <= now() or ${sessions.idleExpiresAt} <= now())`;

const state = sql<
  "active" | "expired" | "revoked"
>`case when ${sessions.revokedAt} is not null then 'revoked' when ${isOver} then 'expired' else 'active' end`;

const columns = {
  id: sessions.id,
  userId: sessions.userId,
  username: users.username,
  deviceType: sessions.deviceType,
  deviceOs: sessions.deviceOs,
  deviceBrowser: sessions.deviceBrowser,
  ipAddress: sessions.ipAddress,
  country: sessions.country,
  city: sessions.city,
  assuranceLevel: sessions.assuranceLevel,
  createdAt: sessions.createdAt,
  lastSeenAt: sessions.lastSeenAt,
  idleExpiresAt: sessions.idleExpiresAt,
  expiresAt: sessions.expiresAt,
  revokedAt: sessions.revokedAt,
  revokeReason: sessions.revokeReason,
  state,
};

const sortKeys: Record<ListSessions["sort"], SortKey> = {
  lastSeenAt: { expression: sessions.lastSeenAt, type: "timestamptz" },
  createdAt: { expression: sessions.createdAt, type: "timestamptz" },
};

const isLive = and(isNull(sessions.revokedAt), sql`not ${isOver}`);

function matching({ q, state: wanted = "active", userId }: ListSessions): SQL | undefined {
  const text = q ? containing(q) : undefined;
  const inState = {
    active: isLive,
    expired: and(isNull(sessions.revokedAt), isOver),
    revoked: sql`${sessions.revokedAt} is not null`,
    all: undefined,
  }[wanted];
  return and(
    inState,
    userId ? eq(sessions.userId, userId) : undefined,
    text
      ? sql`(${users.username}::text ilike ${text} or host(${sessions.ipAddress}) like ${text} or ${sessions.deviceBrowser} ilike ${text} or ${sessions.deviceOs} ilike ${text})`
      : undefined,
  );
}

export async function list(reader: Reader, filter: ListSessions) {
  const { where, orderBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: sortKeys[filter.sort],
    id: { expression: sessions.id, type: "uuid" },
    direction: filter.direction,
  });
  const matched = matching(filter);
  const owner = eq(users.id, sessions.userId);
  const rows = reader
    .select({ ...columns, sortValue })
    .from(sessions)
    .innerJoin(users, owner)
    .where(and(matched, where))
    .orderBy(orderBy)
    .limit(limit);
  return page(rows, countUpTo(reader, reader.select(one).from(sessions).innerJoin(users, owner).where(matched)));
}

export async function get(reader: Reader | Tx, id: string) {
  const [session] = await reader
    .select(columns)
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(eq(sessions.id, id));
  return session;
}

interface NewSession {
  values: Omit<typeof sessions.$inferInsert, "id" | "tokenHash" | "expiresAt" | "idleExpiresAt">;
  idleS: number;
  absoluteS: number;
  hashOf: (sessionId: string) => string;
}

const after = (seconds: number) => sql`now() + make_interval(secs => ${seconds})`;

/**
 * Inserts the session with its first refresh generation; its limits are counted by the database's clock. The password
 * was given for it: it begins elevated.
 */
export async function insert(tx: Tx, { values, idleS, absoluteS, hashOf }: NewSession): Promise<string> {
  const id = crypto.randomUUID();
  const tokenHash = hashOf(id);
  const expiresAt = after(absoluteS);
  const limits = { idleExpiresAt: after(idleS), expiresAt, elevatedUntil: after(ELEVATION_S) };
  await tx.insert(sessions).values({ ...values, ...limits, id, tokenHash });
  await tx.insert(refreshTokens).values({ sessionId: id, userId: values.userId, generation: 1, tokenHash, expiresAt });
  await tx.update(users).set({ lastLoginAt: sql`now()` }).where(eq(users.id, values.userId));
  return id;
}

export async function sessionLimitsOf(tx: Tx, id: string) {
  const [row] = await tx
    .select({
      knownDeviceHash: sessions.knownDeviceHash,
      assuranceLevel: sessions.assuranceLevel,
      idleS: sql<number>`extract(epoch from ${sessions.idleExpiresAt} - ${sessions.lastSeenAt})::int`,
      absoluteS: sql<number>`extract(epoch from ${sessions.expiresAt} - now())::int`,
    })
    .from(sessions)
    .where(eq(sessions.id, id));
  return row;
}

/** Moves a session to its next generation, unless that has happened. */
export async function rotate(tx: Tx, sessionId: string, next: { generation: number; hash: string }): Promise<void> {
  await tx.execute(sql`select from authority_rotate(${sessionId}, ${next.generation - 1}, ${next.hash})`);
}

/** @returns whether the session is live */
export async function elevate(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx
    .update(sessions)
    .set({ elevatedUntil: after(ELEVATION_S) })
    .where(and(eq(sessions.id, id), isLive))
    .returning({ id: sessions.id });
  return rows.length > 0;
}

/** Revokes the live sessions that match, with their refresh tokens. @returns their ids */
export async function revoke(tx: Tx, where: SQL | undefined, reason: SessionRevokeReason): Promise<string[]> {
  const rows = await tx
    .update(sessions)
    .set({ revokedAt: sql`now()`, revokeReason: reason })
    .where(and(isNull(sessions.revokedAt), where))
    .returning({ id: sessions.id });
  const ids = rows.map(({ id }) => id);
  if (ids.length > 0) {
    await tx
      .update(refreshTokens)
      .set({ revokedAt: sql`now()` })
      .where(and(sql`${refreshTokens.sessionId} = any(${sql.param(ids)}::uuid[])`, isNull(refreshTokens.revokedAt)));
  }
  return ids;
}

export const byId = (id: string): SQL => eq(sessions.id, id);
export const ofUser = (userId: string, exceptId?: string): SQL | undefined =>
  and(eq(sessions.userId, userId), exceptId ? ne(sessions.id, exceptId) : undefined);
/** Whose session it is; whoever else revokes or records something about it waits until this transaction ends. */
export async function lockOwner(tx: Tx, id: string): Promise<string | undefined> {
  const [row] = await tx
    .select({ userId: sessions.userId })
    .from(sessions)
    .where(eq(sessions.id, id))
    .for("no key update");
  return row?.userId;
}

type SecurityEvent = typeof sessionSecurityEvents.$inferInsert;

/** Records the event unless the session has the same one already. Call it under the session's lock. */
export async function insertSecurityEvent(tx: Tx, values: SecurityEvent): Promise<{ isNew: boolean }> {
  const [known] = await tx
    .select({ id: sessionSecurityEvents.id })
    .from(sessionSecurityEvents)
    .where(
      and(
        eq(sessionSecurityEvents.sessionId, values.sessionId ?? ""),
        eq(sessionSecurityEvents.eventType, values.eventType),
        eq(sessionSecurityEvents.details, values.details ?? {}),
      ),
    )
    .limit(1);
  if (!known) await tx.insert(sessionSecurityEvents).values(values);
  return { isNew: !known };
}
