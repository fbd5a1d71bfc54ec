import { z } from "zod";
import type { SessionRevokeReason } from "@/db/enums";
import { refreshTokenHash } from "@/server/auth/refresh-token";
import type { RequestMeta, UserActor } from "@/server/core/actor";
import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { SessionId, UserId } from "@/server/core/ids";
import { command, query, statement } from "@/server/core/operation";
import { placeOf } from "@/server/core/places";
import { requirePowerOverId } from "@/server/modules/power/service";
import { MAX_SESSIONS, sessionLimits } from "./limits";
import * as repo from "./repo";
import { ListSessions, RevokedCount, type Session, SessionById, SessionPage, SessionsOfUser } from "./schema";
import { startSession } from "./sign-in-authority.repo";
import { describeUserAgent } from "./user-agent";

const hashOf = (sessionId: string) => refreshTokenHash({ sessionId: SessionId.parse(sessionId), generation: 1 });

const origin = async (request: RequestMeta) => ({
  ipAddress: request.ip,
  userAgent: request.userAgent,
  ...describeUserAgent(request.userAgent),
  ...(await placeOf(request.ip)),
});

const StartSession = z.object({
  userId: UserId,
  checksum: z.string(),
  deviceHash: z.string(),
  /** The session the browser's cookies belong to as it signs in. */
  presentedId: SessionId.optional(),
  isRemembered: z.boolean(),
  /** What the password's attempt took from budgets, given back with the session. */
  attempts: z.object({
    keys: z.array(z.string()),
    windows: z.array(z.number()),
    waits: z.array(z.number()),
    forgotten: z.array(z.string()),
  }),
});

/** What tokens are made of, so that nobody has to ask for what was just written. */
const Started = z.object({
  sessionId: SessionId,
  userId: UserId,
  generation: z.number().int(),
  sessionChecksum: z.string(),
  assuranceLevel: z.number().int(),
  authenticatedAt: z.date(),
  endsAt: z.date(),
});

/**
 * Starts a session for a user whose password was just verified, unless the user is no longer active or no longer what
 * the password was verified under (`null`); it is bound to that checksum.
 * The browser's previous session ends, whoever's it was: neither a late answer of it nor a copy of its tokens may
 * outlive this sign-in. Beyond the greatest number of sessions the oldest ends.
 */
export const start = statement({
  permission: "system",
  input: StartSession,
  output: Started.nullable(),
  async run({ request }, { userId, checksum, deviceHash, presentedId, isRemembered, attempts }) {
    const id = SessionId.parse(crypto.randomUUID());
    const started = await startSession({
      id,
      userId,
      tokenHash: hashOf(id),
      checksum,
      deviceHash,
      presentedId,
      limits: {
        user: sessionLimits({ isAdmin: false, isRemembered }),
        admin: sessionLimits({ isAdmin: true, isRemembered }),
      },
      // One place is for the new session.
      kept: MAX_SESSIONS - 1,
      origin: { ...request, ...describeUserAgent(request.userAgent), ...(await placeOf(request.ip)) },
      attempts,
    });
    if (!started) return null;
    return { sessionId: id, userId, generation: 1, sessionChecksum: checksum, assuranceLevel: 1, ...started };
  },
});

/** A budget of attempts that a refused sign-in used up. */
const Lock = z.object({ budget: z.string(), seconds: z.number() });

/** Records a refused sign-in and what it locked; what was typed as a name is kept, the password never. */
export const recordRefusal = command({
  permission: "system",
  input: z.object({ userId: UserId.nullable(), login: z.string().max(254), reason: z.string(), locks: z.array(Lock) }),
  output: z.void(),
  async run({ audit }, { userId, login, reason, locks }) {
    audit({ event: "session.refused", userId, status: "failure", metadata: { login, reason } });
    for (const { budget, seconds } of locks) {
      audit({ event: "session.locked", userId, status: "denied", metadata: { login, budget, seconds } });
    }
  },
});

/** Signs one session out. Idempotent: a session that is over stays over. */
export const end = command({
  permission: "system",
  unaudited: "A session that had already ended leaves nothing to record; the other case is audited",
  input: z.object({ sessionId: SessionId }),
  output: z.void(),
  async run({ tx, audit }, { sessionId }) {
    const session = await repo.get(tx, sessionId);
    const ended = await repo.revoke(tx, repo.byId(sessionId), "logout");
    if (ended.length > 0) audit({ event: "session.ended", subject: sessionId, userId: session?.userId });
  },
});

/** Ends a user's sessions within the caller's transaction. @returns how many were live */
export async function revokeAll(
  tx: Tx,
  userId: string,
  { reason, exceptId }: { reason: SessionRevokeReason; exceptId?: string },
): Promise<number> {
  return (await repo.revoke(tx, repo.ofUser(userId, exceptId), reason)).length;
}

/** Ends every session of the actor and starts one in place of the current, bound to the user as changed by now. */
export async function replace(
  tx: Tx,
  { actor, request, reason }: { actor: UserActor; request: RequestMeta; reason: SessionRevokeReason },
): Promise<SessionId> {
  const current = await repo.sessionLimitsOf(tx, actor.sessionId);
  if (!current) throw new AppError("session-ended");
  await revokeAll(tx, actor.userId, { reason });
  const { idleS, absoluteS, ...kept } = current;
  // Without a checksum of its own it takes the user's present one.
  const values = { userId: actor.userId, ...kept, ...(await origin(request)) };
  return SessionId.parse(await repo.insert(tx, { values, idleS, absoluteS, hashOf }));
}

/**
 * Elevates the actor's session, with a generation that the token at hand does not have. Two at the same time get the
 * same one, so that the answers may arrive in any order.
 */
export async function elevate(tx: Tx, { sessionId, generation }: UserActor): Promise<void> {
  const next = { sessionId, generation: generation + 1 };
  await repo.rotate(tx, sessionId, { generation: next.generation, hash: refreshTokenHash(next) });
  if (!(await repo.elevate(tx, sessionId))) throw new AppError("session-ended");
}

const currentId = (actor: { kind: string; sessionId?: string }) =>
  actor.kind === "user" ? actor.sessionId : undefined;

type FoundSession = Awaited<ReturnType<typeof repo.list>>["rows"][number];

function marked(rows: FoundSession[], current: string | undefined): z.input<typeof Session>[] {
  return rows.map((row) => ({ ...row, isCurrent: row.id === current }));
}

export const list = query({
  permission: "session.read",
  input: ListSessions,
  output: SessionPage,
  async run({ reader, actor }, filter) {
    const found = await repo.list(reader, filter);
    return { ...found, rows: marked(found.rows, currentId(actor)) };
  },
});

export const listOwn = query({
  permission: "signed-in",
  input: ListSessions.omit({ userId: true }),
  output: SessionPage,
  async run({ reader, actor }, filter) {
    if (actor.kind !== "user") throw new AppError("unauthenticated");
    const found = await repo.list(reader, { ...filter, userId: actor.userId });
    return { ...found, rows: marked(found.rows, actor.sessionId) };
  },
});

const gone = (id: string) => new AppError("not-found", `There is no live session ${id}.`);

export const revoke = command({
  permission: "session.revoke",
  input: SessionById,
  output: RevokedCount,
  async run({ tx, actor, audit }, { id }) {
    const session = await repo.get(tx, id);
    if (!session) throw gone(id);
    await requirePowerOverId(tx, actor, session.userId);
    const ended = await repo.revoke(tx, repo.byId(id), "admin");
    if (ended.length === 0) throw gone(id);
    audit({ event: "session.revoked", subject: id, userId: session.userId });
    return { revoked: 1 };
  },
});

export const revokeAllOfUser = command({
  permission: "session.revoke",
  stepUp: "fresh",
  input: SessionsOfUser,
  output: RevokedCount,
  async run({ tx, actor, audit }, { userId }) {
    await requirePowerOverId(tx, actor, userId);
    const ended = await repo.revoke(tx, repo.ofUser(userId), "admin");
    audit({ event: "session.revoked", userId, metadata: { sessions: ended } });
    return { revoked: ended.length };
  },
});

export const revokeOwn = command({
  permission: "signed-in",
  input: SessionById,
  output: RevokedCount,
  async run({ tx, actor, audit }, { id }) {
    if (actor.kind !== "user") throw new AppError("unauthenticated");
    const session = await repo.get(tx, id);
    if (session?.userId !== actor.userId) throw gone(id);
    if ((await repo.revoke(tx, repo.byId(id), "logout")).length === 0) throw gone(id);
    audit({ event: "session.revoked", subject: id, userId: actor.userId });
    return { revoked: 1 };
  },
});

const revokeSeveral = (keepsCurrent: boolean) =>
  command({
    permission: "signed-in",
    input: z.void(),
    output: RevokedCount,
    async run({ tx, actor, audit }) {
      if (actor.kind !== "user") throw new AppError("unauthenticated");
      const ended = await repo.revoke(
        tx,
        repo.ofUser(actor.userId, keepsCurrent ? actor.sessionId : undefined),
        "logout_all",
      );
      audit({ event: "session.revoked", userId: actor.userId, metadata: { sessions: ended } });
      return { revoked: ended.length };
    },
  });

/** Ends the caller's other sessions. */
export const revokeOthers = revokeSeveral(true);

/** Ends every session of the caller, this one too. */
export const revokeEverywhere = revokeSeveral(false);
