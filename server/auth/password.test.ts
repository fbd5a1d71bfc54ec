import { availableParallelism } from "node:os";
import { beforeEach, describe, expect, it, vi } from "vitest";

/** How many of argon2's computations run, and ran at most, at one time. */
const work = vi.hoisted(() => ({ running: 0, most: 0 }));
vi.mock("@node-rs/argon2", async (original) => {
  const real = await original<typeof import("@node-rs/argon2")>();
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
import { hashPassword, verifyPassword } from "./password";

beforeEach(() => {
  work.most = 0;
});

const SLOTS = 2 * availableParallelism();
const ROOM = SLOTS + 64;

describe("hashing", () => {
  it("runs at most two at a time per core, verifications and new passwords together; the rest is refused at once", async () => {
    const storm = Array.from({ length: ROOM + 20 }, (_, at) =>
      at % 4 === 0 ? hashPassword("new") : verifyPassword(null, "old"),
    );
    const outcomes = await Promise.allSettled(storm);
    expect(work.most).toBe(SLOTS);
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [toAppError(outcome.reason)] : []));
    expect(refused).toHaveLength(20);
    for (const refusal of refused) expect(refusal).toMatchObject({ code: "too-many-requests", retryAfterS: 2 });
    expect(work.running).toBe(0);
  });
});
