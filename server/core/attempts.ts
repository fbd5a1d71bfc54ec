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

/** What the database's functions ask of attempts, one list for each column. */
export function columnsOf(attempts: readonly Attempt[]) {
  return {
    keys: attempts.map(({ budget, key }) => `${budget.name}:${key}`),
    free: attempts.map(({ budget }) => budget.free),
    windows: attempts.map(({ budget }) => budget.windowS * 1000),
    waits: attempts.map(({ budget }) => (budget.backoff?.firstS ?? 0) * 1000),
    longest: attempts.map(({ budget }) => (budget.backoff?.longestS ?? 0) * 1000),
  };
}

/**
 * What `take_attempts` says of one attempt, counted from 1. It counts one in every budget at once, before it is made, or
 * in none. Replicas share the count (`rate_limits`), and a refused attempt neither costs nor prolongs anything.
 */
export interface Outcome {
  slot: number;
  isRefused: boolean;
  waitMs: number;
}

/** @returns the budgets that these attempts were the last of @throws {AppError} too-many-requests, with the seconds to wait */
export function locksOf(attempts: readonly Attempt[], outcomes: readonly Outcome[]): Lock[] {
  if (outcomes.some(({ isRefused }) => isRefused)) throw tooMany(Math.max(...outcomes.map(({ waitMs }) => waitMs)));
  return outcomes.flatMap(({ slot, waitMs }) => {
    const attempt = attempts[slot - 1];
    if (!attempt || waitMs === 0) return [];
    return [{ budget: attempt.budget.name, key: attempt.key, seconds: Math.ceil(waitMs / 1000) }];
  });
}

/** What `return_attempts` needs: one list for each column, and the keys that start afresh. */
export interface ReturnedAttempts {
  keys: string[];
  windows: number[];
  waits: number[];
  forgotten: string[];
}

/** `forgets` says which budgets start afresh, as after a success; by default none. */
export function returnedColumns(
  attempts: readonly Attempt[],
  forgets: (budget: AttemptBudget) => boolean = () => false,
): ReturnedAttempts {
  const { keys, windows, waits } = columnsOf(attempts);
  const { keys: forgotten } = columnsOf(attempts.filter(({ budget }) => forgets(budget)));
  return { keys, windows, waits, forgotten };
}

/** Takes attempts back, see {@link returnedColumns}. */
export async function giveBack(
  attempts: readonly Attempt[],
  forgets?: (budget: AttemptBudget) => boolean,
): Promise<void> {
  const { keys, windows, waits, forgotten } = returnedColumns(attempts, forgets);
  await answered(
    getSql()`select return_attempts(${keys}::text[], ${windows}::bigint[], ${waits}::bigint[], ${forgotten}::text[])`,
  );
}
