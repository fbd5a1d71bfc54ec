import { performance } from "node:perf_hooks";
import { closeDatabase, getSql } from "@/db/client";
import { AppError, isConnectionLoss } from "./errors";
import { log } from "./log";

/** How long PostgreSQL may say nothing at all while somebody waits for it. Tests shorten it. */
export const patience = { ms: 15_000 };

// Next bundles its own copy of this file: both have to know of each other's answers.
const LAST_ANSWER = Symbol.for("keyward.database.last-answer");
const shared = globalThis as { [LAST_ANSWER]?: number };

function noteAnswer(): void {
  shared[LAST_ANSWER] = performance.now();
}

type Pool = ReturnType<typeof getSql>;

/**
 * Leaves a pool behind, so that the next request opens another. What is under way on its sound connections has a few
 * seconds to end. A connection that was lost must not be used again: postgres.js may answer its next query with what
 * was meant for the last, or never connect again (porsager/postgres#1215). And a pool that was refused waits longer and
 * longer before it asks again, up to twenty seconds, in which whoever comes would wait with it.
 */
function abandon(pool: Pool): void {
  if (getSql() !== pool) return;
  closeDatabase().catch((error: unknown) => log.warn({ err: error }, "Connections did not end cleanly"));
}

/** Rejects once the database has been silent for too long, no matter how long one answer takes while others arrive. */
function silence(pool: Pool): { promise: Promise<never>; cancel: () => void } {
  const startedAt = performance.now();
  const leftMs = () => Math.max(startedAt, shared[LAST_ANSWER] ?? 0) + patience.ms - performance.now();
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    const giveUp = () => {
      if (leftMs() > 0) return wait();
      log.warn("PostgreSQL does not answer; its connections are given up");
      abandon(pool);
      reject(
        new AppError("unavailable", "Keyward's database does not answer. Try again in a moment.", { retryAfterS: 5 }),
      );
    };
    // If it was us who slept, what arrived in the meantime is read before the verdict.
    const wait = () => {
      timer = setTimeout(() => setImmediate(giveUp), Math.max(1, leftMs()));
    };
    wait();
  });
  return { promise, cancel: () => clearTimeout(timer) };
}

/**
 * Waits for the database, but not for ever: it may be frozen, or the network to it gone without a word.
 * @throws {AppError} unavailable
 */
export async function answered<T>(work: PromiseLike<T>): Promise<T> {
  const pool = getSql();
  const { promise, cancel } = silence(pool);
  try {
    const result = await Promise.race([work, promise]);
    noteAnswer();
    return result;
  } catch (error) {
    if (isConnectionLoss(error)) abandon(pool);
    else if (!(error instanceof AppError)) noteAnswer();
    throw error;
  } finally {
    cancel();
  }
}
