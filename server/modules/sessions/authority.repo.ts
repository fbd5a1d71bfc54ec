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

interface NextGeneration {
  sessionId: string;
  /** The one that the caller has. */
  generation: number;
  /** Of its successor. */
  nextHash: string;
}

async function rotateOne({ sessionId, generation, nextHash }: NextGeneration): Promise<AuthorityRow | undefined> {
  const [row] = await answered(
    getSql()<AuthorityRow[]>`select * from authority_rotate(${sessionId}, ${generation}, ${nextHash})`,
  );
  return row;
}

/** Several in one transaction; those whose sessions somebody holds, one by one. */
async function rotateSome(asked: readonly NextGeneration[]): Promise<(AuthorityRow | undefined)[]> {
  const sessions = asked.map(({ sessionId }) => sessionId);
  const generations = asked.map(({ generation }) => generation);
  const hashes = asked.map(({ nextHash }) => nextHash);
  type Rotated = AuthorityRow & Slot & { isBusy: boolean };
  const rows = await answered(
    getSql()<
      Rotated[]
    >`select * from authority_rotations(${sessions}::uuid[], ${generations}::int[], ${hashes}::text[])`,
  );
  const found = bySlot(asked.length, rows);
  return Promise.all(asked.map((one, at) => (found[at]?.isBusy ? rotateOne(one) : found[at])));
}

const rotate = coalesced(async (asked: readonly NextGeneration[]) => {
  const [only, ...others] = asked;
  return only && others.length === 0 ? [await rotateOne(only)] : rotateSome(asked);
});

/** Rotates in one guarded statement, together with the others of the moment; `undefined` when any guard refused. */
export const rotateGeneration = (next: NextGeneration): Promise<AuthorityRow | undefined> => rotate(next);

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
