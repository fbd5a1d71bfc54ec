import { RateLimiterMemory, RateLimiterPostgres, type RateLimiterRes } from "rate-limiter-flexible";
import { getSql } from "@/db/client";
import { AppError } from "./errors";
import { answered } from "./patience";

interface Budget {
  /** Names the budget in the store; unique. */
  name: string;
  points: number;
  durationS: number;
}

/** rate-limiter-flexible speaks to a `pg` client; this is the part of one that it uses, over our pool. */
const storeClient = {
  async query({ text, values }: { text: string; values: (string | number | null)[] }) {
    const rows = await answered(getSql().unsafe(text, values, { prepare: true }));
    return { rows, rowCount: rows.count };
  },
};

export interface Limiter {
  /**
   * Takes one point. @returns the points taken in the running window, this one included
   * @throws {AppError} too-many-requests, with the seconds to wait
   */
  take(key: string): Promise<number>;
  /** Refuses when nothing is left, without taking a point. @throws {AppError} too-many-requests */
  check(key: string): Promise<void>;
}

/** How long, the way a person says it. */
function inWords(seconds: number): string {
  const [count, unit] = seconds < 60 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

export function tooMany(waitMs: number): AppError {
  const retryAfterS = Math.max(1, Math.ceil(waitMs / 1000));
  return new AppError("too-many-requests", `Too many attempts. Try again in ${inWords(retryAfterS)}.`, { retryAfterS });
}

const isRefusal = (thrown: unknown): thrown is RateLimiterRes =>
  typeof thrown === "object" && thrown !== null && "msBeforeNext" in thrown;

function limiterOver(store: RateLimiterMemory | RateLimiterPostgres, points: number): Limiter {
  return {
    async take(key) {
      try {
        return (await store.consume(key)).consumedPoints;
      } catch (thrown) {
        throw isRefusal(thrown) ? tooMany(thrown.msBeforeNext) : thrown;
      }
    },
    async check(key) {
      const state = await store.get(key);
      if (state && state.consumedPoints >= points) throw tooMany(state.msBeforeNext);
    },
  };
}

/** A budget shared by all replicas, kept in PostgreSQL. One round trip a call. */
export function sharedLimiter({ name, points, durationS }: Budget): Limiter {
  const store = new RateLimiterPostgres({
    storeClient,
    storeType: "client",
    tableName: "rate_limits",
    tableCreated: true,
    keyPrefix: name,
    points,
    duration: durationS,
  });
  return limiterOver(store, points);
}

/** A budget of this process alone, for paths too hot for a round trip; N replicas allow N times as much. */
export function localLimiter({ name, points, durationS }: Budget): Limiter {
  return limiterOver(new RateLimiterMemory({ keyPrefix: name, points, duration: durationS }), points);
}
