import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { boundedQueue } from "./bounded-queue";

const busy = () => new Error("busy");

describe("a bounded queue", () => {
  it("never runs more at a time than it has slots, also while others end and arrive", async () => {
    const run = boundedQueue({ slots: 3, waiting: 1000, refusal: busy });
    let running = 0;
    let most = 0;
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
    };
    // What ends and what arrives next meet in one turn, where a slot could be taken twice.
    const again = async () => {
      for (let at = 0; at < 20; at++) await run(work);
    };
    await Promise.all(Array.from({ length: 10 }, again));
    expect([most, running]).toEqual([3, 0]);
  });

  it("refuses what finds no room, at once, and takes work again when there is some", async () => {
    const run = boundedQueue({ slots: 1, waiting: 2, refusal: busy });
    const { promise, resolve: release } = Promise.withResolvers<void>();
    const held = run(() => promise);
    const queued = [run(async () => 1), run(async () => 2)];
    await expect(run(async () => 3)).rejects.toThrow("busy");
    release();
    await held;
    expect(await Promise.all(queued)).toEqual([1, 2]);
    expect(await run(async () => 4)).toBe(4);
  });

  it("keeps the order of arrival, and goes on after work that failed", async () => {
    const run = boundedQueue({ slots: 1, waiting: 10, refusal: busy });
    const order: number[] = [];
    const all = [1, 2, 3].map((at) =>
      run(async () => {
        order.push(at);
        if (at === 1) throw new Error("failed");
      }),
    );
    await Promise.allSettled(all);
    expect(order).toEqual([1, 2, 3]);
  });
});
