import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bySlot, coalesced } from "./coalesce";

/** Answers `n` with `n × 2`, nothing for what three divides, and keeps what it was asked. */
function doubling() {
  const asked: number[][] = [];
  const double = coalesced(async (keys: readonly number[]) => {
    asked.push([...keys]);
    return keys.map((key) => (key % 3 === 0 ? undefined : key * 2));
  });
  return { asked, double };
}

describe("questions of one moment", () => {
  it("go out together and each gets its own answer, however many there are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 200 }), async (keys) => {
        const { asked, double } = doubling();
        const answers = await Promise.all(keys.map(double));
        expect(answers).toEqual(keys.map((key) => (key % 3 === 0 ? undefined : key * 2)));
        expect(asked.flat()).toEqual(keys);
        expect(asked).toHaveLength(Math.ceil(keys.length / 64));
      }),
      { numRuns: 50 },
    );
  });

  it("fail together, and leave those of the next moment alone", async () => {
    let isBroken = true;
    const ask = coalesced(async (keys: readonly string[]) => {
      if (isBroken) throw new Error("no database");
      return keys;
    });
    const failed = await Promise.allSettled([ask("a"), ask("b")]);
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    isBroken = false;
    expect(await ask("c")).toBe("c");
  });

  it("are never answered from before", async () => {
    let version = 0;
    const ask = coalesced(async (keys: readonly string[]) => keys.map(() => version));
    expect(await ask("same")).toBe(0);
    version = 1;
    expect(await ask("same")).toBe(1);
  });
});

it("puts rows in the order of their questions", () => {
  const row = (slot: number) => ({ slot });
  expect(bySlot(4, [row(4), row(1), row(3)])).toEqual([row(1), undefined, row(3), row(4)]);
});
