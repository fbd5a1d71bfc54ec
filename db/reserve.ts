import type { ReservedSql, Sql } from "postgres";

/** Who waits for a connection, by pool. */
const waiting = new WeakMap<Sql, Set<() => void>>();

/**
 * A connection of the pool for oneself. postgres.js (3.4.9) forgets whoever waits when it opens a connection in place of
 * one that ended (its `onclose` hands the first in the queue to `connect`, which drops it for the types it fetches): they
 * ask once more, and what comes a second time goes back.
 */
export function reserve(pool: Sql): Promise<ReservedSql> {
  const { promise, resolve, reject } = Promise.withResolvers<ReservedSql>();
  const others = waiting.get(pool) ?? new Set();
  waiting.set(pool, others);
  const ask = () => {
    pool.reserve().then((connection) => {
      if (others.delete(ask)) resolve(connection);
      else connection.release();
    }, failed);
  };
  const failed = (error: unknown) => {
    others.delete(ask);
    reject(error);
  };
  others.add(ask);
  ask();
  return promise;
}

/** Tells those who wait that a connection ended. To be called by the pool whenever one does. */
export function onConnectionEnd(pool: Sql): void {
  // Not before the pool has done what it does itself.
  setImmediate(() => {
    for (const ask of waiting.get(pool) ?? []) ask();
  });
}
