import { availableParallelism } from "node:os";
import { beforeEach, describe, expect, it, vi } from "vitest";

/** How many computations are under way or at hand, and were at most, at one time. */
const work = vi.hoisted(() => ({ running: 0, most: 0 }));
vi.mock("./hash-threads", async (original) => {
  const real = await original<typeof import("./hash-threads")>();
  const counted = async <T>(computation: Promise<T>): Promise<T> => {
    work.running += 1;
    work.most = Math.max(work.most, work.running);
    return computation.finally(() => {
      work.running -= 1;
    });
  };
  const verify: typeof real.verify = (...args) => counted(real.verify(...args));
  const hash: typeof real.hash = (...args) => counted(real.hash(...args));
  return { ...real, verify, hash };
});

import { toAppError } from "@/server/core/errors";
import { threads } from "./hash-threads";
import { hashPassword, verifyPassword } from "./password";

beforeEach(() => {
  work.most = 0;
});

const THREADS = Math.max(1, availableParallelism() - 1);
/** One under way and one at hand for each thread, and those that wait. */
const AT_HAND = 2 * THREADS;
const ROOM = AT_HAND + 64;

describe("hashing", () => {
  it("leaves one core to everything else, verifications and new passwords together; the rest is refused at once", async () => {
    const storm = Array.from({ length: ROOM + 20 }, (_, at) =>
      at % 4 === 0 ? hashPassword("new") : verifyPassword(null, "old"),
    );
    const outcomes = await Promise.allSettled(storm);
    expect(threads().threads).toHaveLength(THREADS);
    expect(work.most).toBe(AT_HAND);
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [toAppError(outcome.reason)] : []));
    expect(refused).toHaveLength(20);
    for (const refusal of refused) expect(refusal).toMatchObject({ code: "too-many-requests", retryAfterS: 2 });
    expect(work.running).toBe(0);
  });
});
