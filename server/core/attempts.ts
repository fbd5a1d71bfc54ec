import { getSql } from "@/db/client";
import { answered } from "./patience";
import { tooMany } from "./rate-limit";

/**
 * How many attempts are allowed. Without `backoff` so many in a window; with it every attempt from the last free one on
 * locks the budget for a while, each time twice as long, until nobody tried for a window.
 */
export interface AttemptBudget {
  /** Names the budget in the store; unique. */
  name: string;
  free: number;
  windowS: number;
  backoff?: { firstS: number; longestS: number };
}

/** A budget and whose it is. The key is stored, so hash it when it is nobody's business. */
export interface Attempt {
  budget: AttemptBudget;
  key: string;
}

/** A budget that the attempt used up, and for how long. */
export interface Lock {
  budget: string;
  key: string;
  seconds: number;
}

const keysOf = (attempts: readonly Attempt[]) => attempts.map(({ budget, key }) => `${budget.name}:${key}`);
const windowsOf = (attempts: readonly Attempt[]) => attempts.map(({ budget }) => budget.windowS * 1000);
const waitsOf = (attempts: readonly Attempt[]) => attempts.map(({ budget }) => (budget.backoff?.firstS ?? 0) * 1000);

/**
 * Counts one attempt in every budget at once, before it is made, or in none. Replicas share the count (`rate_limits`),
 * and a refused attempt neither costs nor prolongs anything. @returns the budgets this was the last attempt of
 * @throws {AppError} too-many-requests, with the seconds to wait
 */
export async function take(attempts: readonly Attempt[]): Promise<Lock[]> {
  const free = attempts.map(({ budget }) => budget.free);
  const longest = attempts.map(({ budget }) => (budget.backoff?.longestS ?? 0) * 1000);
  const rows = await answered(
    getSql()<{ slot: number; isRefused: boolean; waitMs: number }[]>`
      select * from take_attempts(${keysOf(attempts)}::text[], ${free}::int[], ${windowsOf(attempts)}::bigint[],
        ${waitsOf(attempts)}::bigint[], ${longest}::bigint[])`,
  );
  if (rows.some(({ isRefused }) => isRefused)) throw tooMany(Math.max(...rows.map(({ waitMs }) => waitMs)));
  return rows.flatMap(({ slot, waitMs }) => {
    const attempt = attempts[slot - 1];
    if (!attempt || waitMs === 0) return [];
    return [{ budget: attempt.budget.name, key: attempt.key, seconds: Math.ceil(waitMs / 1000) }];
  });
}

/** Takes attempts back. `forgets` says which budgets start afresh, as after a success; by default none. */
export async function giveBack(
  attempts: readonly Attempt[],
  forgets: (budget: AttemptBudget) => boolean = () => false,
): Promise<void> {
  const forgotten = keysOf(attempts.filter(({ budget }) => forgets(budget)));
  await answered(
    getSql()`select return_attempts(${keysOf(attempts)}::text[], ${windowsOf(attempts)}::bigint[],
      ${waitsOf(attempts)}::bigint[], ${forgotten}::text[])`,
  );
}
