import { performance } from "node:perf_hooks";
import { closeDatabase, getSql } from "@/db/client";
import { AppError, databaseCode } from "./errors";
import { log } from "./log";

/** How long PostgreSQL may say nothing at all while somebody waits for it. Tests shorten it. */
export const patience = { ms: 15_000 };

let lastAnswerAt = 0;

/** The connections lead to something that does not answer: leaves them behind, so that the next request makes new ones. */
function abandon(pool: ReturnType<typeof getSql>): void {
  if (getSql() !== pool) return;
  log.warn("PostgreSQL does not answer; its connections are given up");
  closeDatabase().catch((error: unknown) => log.warn({ err: error }, "Connections did not end cleanly"));
}

/** Rejects once the database has been silent for too long, no matter how long `work` takes while it talks to others. */
function silence(startedAt: number): { promise: Promise<never>; cancel: () => void } {
  const pool = getSql();
  const leftMs = () => Math.max(startedAt, lastAnswerAt) + patience.ms - performance.now();
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    const giveUp = () => {
      if (leftMs() > 0) return wait();
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
  const { promise, cancel } = silence(performance.now());
  try {
    const result = await Promise.race([work, promise]);
    lastAnswerAt = performance.now();
    return result;
  } catch (error) {
    if (databaseCode(error)) lastAnswerAt = performance.now();
    throw error;
  } finally {
    cancel();
  }
}
