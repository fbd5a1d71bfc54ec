import type { UserActor } from "@/server/core/actor";
import { SessionId, UserId } from "@/server/core/ids";
import { isPermission, type Permission } from "@/server/core/permissions";
import { type AuthorityRow, confirmGeneration, findAuthority } from "@/server/modules/sessions/authority.service";
import { type AccessClaims, shortChecksum, type TokenSource, verifyAccessToken } from "./access-token";
import { cookieNames } from "./cookies";

export type EndReason = "unknown" | "revoked" | "idle" | "absolute" | "user-inactive" | "credentials-changed";

/**
 * What the authority says of a request:
 * `signed-in` with the actor; `anonymous` without any token; `refresh` when only the access token's five minutes are
 * over; `ended` when the session is gone for good and its cookies should be cleared.
 */
export type Verdict =
  | { kind: "signed-in"; actor: UserActor; expiresInS: number; source: TokenSource }
  | { kind: "anonymous" }
  | { kind: "refresh" }
  | { kind: "ended"; reason: EndReason };

/** Why a session's row no longer carries a session, if so. The database's clock decides, not ours. */
export function endOf(row: AuthorityRow | undefined): EndReason | undefined {
  if (!row) return "unknown";
  if (row.revokedAt) return "revoked";
  if (row.status !== "active") return "user-inactive";
  if (row.sessionChecksum !== row.checksum && row.sessionChecksum !== row.previousChecksum)
    return "credentials-changed";
  if (row.isOver) return "absolute";
  if (row.isIdle) return "idle";
  return undefined;
}

export function tokenSource(row: AuthorityRow): TokenSource {
  return {
    sessionId: SessionId.parse(row.sessionId),
    userId: UserId.parse(row.userId),
    generation: row.generation,
    sessionChecksum: row.sessionChecksum,
    assuranceLevel: row.assuranceLevel,
    authenticatedAt: row.authenticatedAt,
    endsAt: row.endsAt,
  };
}

const split = (list: string): string[] => (list === "" ? [] : list.split(","));

/** Few roles, few lists: what a list allows is worked out once. Bounded, oldest out first. */
const LISTS_KEPT = 500;
const allowedBy = new Map<string, ReadonlySet<Permission>>();

function permissionsOf(list: string): ReadonlySet<Permission> {
  const known = allowedBy.get(list);
  if (known) return known;
  if (allowedBy.size >= LISTS_KEPT) allowedBy.delete(allowedBy.keys().next().value ?? "");
  const permissions: ReadonlySet<Permission> = new Set(split(list).filter(isPermission));
  allowedBy.set(list, permissions);
  return permissions;
}

/** The only place a user becomes an actor, of the row's generation unless an older token was presented. */
export function actorOf(row: AuthorityRow, generation: number = row.generation): UserActor {
  return {
    kind: "user",
    userId: UserId.parse(row.userId),
    sessionId: SessionId.parse(row.sessionId),
    generation,
    username: row.username,
    displayName: row.displayName || row.username,
    email: row.email,
    roles: split(row.roles),
    permissions: permissionsOf(row.permissions),
    assuranceLevel: row.assuranceLevel,
    authenticatedAt: row.authenticatedAt,
  };
}

function confirms(claims: AccessClaims, row: AuthorityRow): boolean {
  return row.confirmedAt === null && claims.gen === row.generation;
}

/** The session's row, if the session stands and is the one the token was made for. @throws {AppError} unavailable */
async function standing(claims: AccessClaims): Promise<AuthorityRow | EndReason> {
  const row = await findAuthority(claims.sid, claims.sub);
  const reason = endOf(row);
  if (!row || reason) return reason ?? "unknown";
  return claims.chk === shortChecksum(row.sessionChecksum) ? row : "credentials-changed";
}

/** Decides by the access token and the session's row, in one round trip. @throws {AppError} unavailable */
export async function authenticateToken(token: string | undefined, hasRefreshToken: boolean): Promise<Verdict> {
  if (!token) return hasRefreshToken ? { kind: "refresh" } : { kind: "anonymous" };
  const access = await verifyAccessToken(token);
  if (!access) return hasRefreshToken ? { kind: "refresh" } : { kind: "ended", reason: "unknown" };
  if (access.isExpired) return { kind: "refresh" };
  const { claims } = access;
  const row = await standing(claims);
  if (typeof row === "string") return { kind: "ended", reason: row };
  if (confirms(claims, row)) confirmGeneration(claims.sid, claims.gen);
  return {
    kind: "signed-in",
    actor: actorOf(row, claims.gen),
    expiresInS: access.expiresInS,
    source: tokenSource(row),
  };
}

/** What an access token tells of its session, however old it is: enough to say that it ended, never to act in it. */
export async function sessionBehind(
  token: string,
): Promise<{ sessionId: SessionId; userId: UserId } | { ended: EndReason }> {
  const access = await verifyAccessToken(token);
  if (!access) return { ended: "unknown" };
  const row = await standing(access.claims);
  if (typeof row === "string") return { ended: row };
  return { sessionId: access.claims.sid, userId: access.claims.sub };
}

/** {@link authenticateToken} for the cookies of a request. */
export function authenticate(cookies: ReadonlyMap<string, string>): Promise<Verdict> {
  const names = cookieNames();
  return authenticateToken(cookies.get(names.access), cookies.has(names.refresh));
}
