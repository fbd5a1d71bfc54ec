import { getSql } from "@/db/client";
import type { UserStatus } from "@/db/enums";
import { bySlot, coalesced, type Slot } from "@/server/core/coalesce";
import { answered } from "@/server/core/patience";

/** A session, its user and what the user may do, read in one statement for one request. */
export interface AuthorityRow {
  sessionId: string;
  userId: string;
  username: string;
  displayName: string | null;
  email: string | null;
  status: UserStatus;
  checksum: string;
  previousChecksum: string | null;
  sessionChecksum: string;
  revokedAt: Date | null;
  /** By the database's clock, the only one that decides what has expired. */
  isIdle: boolean;
  isOver: boolean;
  /** The absolute end. */
  endsAt: Date;
  assuranceLevel: number;
  authenticatedAt: Date;
  generation: number;
  confirmedAt: Date | null;
  /** Comma-separated names. */
  roles: string;
  /** Comma-separated `resource.action`, of all roles, with repetitions. */
  permissions: string;
}

/** What is known of a refresh token that did not rotate. */
export interface RefreshState extends AuthorityRow {
  /** Seconds since the last rotation; `null` before the first. */
  rotatedAgoS: number | null;
  isRefreshRevoked: boolean;
  knownDeviceHash: string | null;
  userAgent: string | null;
}

interface Claimed {
  sessionId: string;
  userId: string;
}

const ask = coalesced(async (claims: readonly Claimed[]) => {
  const sessions = claims.map(({ sessionId }) => sessionId);
  const users = claims.map(({ userId }) => userId);
  const rows = await answered(
    getSql()<(AuthorityRow & Slot)[]>`select * from authority_sessions(${sessions}::uuid[], ${users}::uuid[])`,
  );
  return bySlot(claims.length, rows);
});

/**
 * The session's row with its user's checksum, state and permissions, in one round trip that it shares with the other
 * requests of the moment.
 */
export const findAuthority = (sessionId: string, userId: string): Promise<AuthorityRow | undefined> =>
  ask({ sessionId, userId });

/** Rotates in one guarded statement; `undefined` when any guard refused. */
export async function rotateGeneration(
  sessionId: string,
  { generation, nextHash }: { generation: number; nextHash: string },
): Promise<AuthorityRow | undefined> {
  const [row] = await answered(
    getSql()<AuthorityRow[]>`select * from authority_rotate(${sessionId}, ${generation}, ${nextHash})`,
  );
  return row;
}

/** Where the rotation of a session stands, to tell a parallel caller from a thief. */
export async function findRefreshState(sessionId: string): Promise<RefreshState | undefined> {
  const [row] = await answered(getSql()<RefreshState[]>`select * from authority_refresh_state(${sessionId})`);
  return row;
}

/** Notes, in one statement, which generations' access tokens were used. */
export async function confirmGenerations(generations: ReadonlyMap<string, number>): Promise<void> {
  await answered(
    getSql()`select authority_confirm(${[...generations.keys()]}::uuid[], ${[...generations.values()]}::int[])`,
  );
}
