import { getSql } from "@/db/client";
import type { UserStatus } from "@/db/enums";
import type { RequestMeta } from "@/server/core/actor";
import { type Attempt, columnsOf, type Lock, locksOf, type ReturnedAttempts } from "@/server/core/attempts";
import { answered } from "@/server/core/patience";
import type { Place } from "@/server/core/places";
import { ELEVATION_S } from "@/server/core/step-up";
import type { SessionLimits } from "./limits";
import type { ClientDevice } from "./user-agent";

/** What a sign-in is checked against. */
export interface Credentials {
  userId: string;
  status: UserStatus;
  passwordHash: string | null;
  checksum: string;
}

/** The budgets of a sign-in; the keys of the first two are found out by the database. */
export interface SignInBudgets {
  /** Counts alone in a browser the user signed in with before. */
  ofDevice: Attempt;
  ofName: Attempt;
  others: readonly Attempt[];
}

interface Attempted extends Omit<Credentials, "userId"> {
  userId: string | null;
  isKnownDevice: boolean;
  keys: string[];
  slots: number[];
  isRefused: boolean;
  locks: number[];
}

export interface TakenSignIn {
  user: Credentials | null;
  /** Those that counted. */
  attempts: Attempt[];
  locks: Lock[];
}

/**
 * Who a name or an e-mail address is, and one attempt to be them, taken before the password is looked at: one statement,
 * so that no burst gets more. The only way the hash leaves the database for a sign-in.
 * @throws {AppError} too-many-requests, with the seconds to wait
 */
export async function takeSignIn(
  { login, deviceHash }: { login: string; deviceHash: string },
  { ofDevice, ofName, others }: SignInBudgets,
): Promise<TakenSignIn> {
  const { keys, free, windows, waits, longest } = columnsOf([ofDevice, ofName, ...others]);
  const [found] = await answered(
    getSql()<Attempted[]>`select * from authority_attempt(${login}, ${deviceHash}, ${keys}::text[], ${free}::int[],
      ${windows}::bigint[], ${waits}::bigint[], ${longest}::bigint[])`,
  );
  if (!found) throw new Error("authority_attempt answered no row");
  const { userId, status, passwordHash, checksum, isRefused } = found;
  const counted = found.isKnownDevice ? [ofDevice] : [ofName, ...others];
  const keyOf = ({ budget }: Attempt, at: number) => found.keys[at]?.slice(budget.name.length + 1) ?? "";
  const attempts = counted.map((attempt, at) => ({ budget: attempt.budget, key: keyOf(attempt, at) }));
  const outcomes = found.slots.map((slot, at) => ({ slot, isRefused, waitMs: found.locks[at] ?? 0 }));
  const user = userId === null ? null : { userId, status, passwordHash, checksum };
  return { user, attempts, locks: locksOf(attempts, outcomes) };
}

export interface NewSession {
  id: string;
  userId: string;
  tokenHash: string;
  /** What the password was verified under. */
  checksum: string;
  deviceHash: string;
  presentedId: string | undefined;
  limits: { user: SessionLimits; admin: SessionLimits };
  /** How many sessions of the user may stay beside it. */
  kept: number;
  origin: RequestMeta & ClientDevice & Place;
  attempts: ReturnedAttempts;
}

/**
 * Starts a session, ends those it replaces, gives the attempts back and puts it all on the audit trail, in one statement.
 * `undefined`, and on record as refused, when the user is no longer what was checked.
 */
export async function startSession(session: NewSession): Promise<{ authenticatedAt: Date; endsAt: Date } | undefined> {
  const { id, userId, tokenHash, checksum, deviceHash, presentedId = null, kept, attempts } = session;
  const { user, admin } = session.limits;
  const { id: requestId, ...origin } = session.origin;
  const [started] = await answered(
    getSql()<{ authenticatedAt: Date; endsAt: Date }[]>`select * from authority_start_session(
      ${userId}, ${checksum}, ${deviceHash}, ${presentedId}, ${id}, ${tokenHash},
      ${[user.idleS, admin.idleS]}::int[], ${[user.absoluteS, admin.absoluteS]}::int[], ${ELEVATION_S}, ${kept},
      ${JSON.stringify({ ...origin, requestId })}, ${attempts.keys}::text[], ${attempts.windows}::bigint[],
      ${attempts.waits}::bigint[], ${attempts.forgotten}::text[])`,
  );
  return started;
}
