import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Instances, seeInstance } from "./clones";

const NOTHING: Instances = { recent: [], flips: 0 };
const see = (ids: readonly string[], start = NOTHING) => ids.reduce(seeInstance, start);

/** Check-ins of one process after another: each comes any number of times and never again after the next one. */
const restarts = fc
  .array(fc.integer({ min: 1, max: 4 }), { maxLength: 30 })
  .map((times) => times.flatMap((count, process) => Array<string>(count).fill(`process-${process}`)));

describe("one holder of a key", () => {
  it("never counts as two, however often it restarts and repeats a check-in whose answer was lost", () => {
    fc.assert(fc.property(restarts, (ids) => see(ids).flips === 0));
  });

  it("changes nothing by saying again what it said last", () => {
    fc.assert(
      fc.property(restarts, (ids) => {
        const before = see(ids);
        const last = before.recent.at(-1);
        if (last !== undefined) expect(seeInstance(before, last)).toEqual(before);
      }),
    );
  });
});

describe("two holders of a key", () => {
  it("are two flips by the fourth check-in in turn", () => {
    expect(see(["a", "b"]).flips).toBe(0);
    expect(see(["a", "b", "a"]).flips).toBe(1);
    expect(see(["a", "b", "a", "b"]).flips).toBe(2);
  });

  it("are seen as often as they take turns, in whatever order their check-ins arrive", () => {
    const order = fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(order, (ids) => {
        const turns = ids.filter((id, at) => at > 0 && id !== ids[at - 1]).length;
        expect(see(ids).flips).toBe(Math.max(0, turns - 1));
      }),
    );
  });

  it("are seen although one of them restarts now and then", () => {
    expect(see(["a1", "b", "a1", "a2", "b", "a2"]).flips).toBe(3);
  });
});

it("remembers the last eight, each once, the newest last", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(..."abcdefghijkl"), { minLength: 1, maxLength: 80 }), (ids) => {
      const { recent } = see(ids);
      expect(recent.length).toBeLessThanOrEqual(8);
      expect(new Set(recent).size).toBe(recent.length);
      expect(recent.at(-1)).toBe(ids.at(-1));
    }),
  );
});
