import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { getSql } from "@/db/client";
import { createWorld, type World } from "@/server/testing/world";
import { type Attempt, columnsOf, giveBack, type Lock, locksOf, type Outcome } from "./attempts";
import { toAppError } from "./errors";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(() => world.database.sql`truncate rate_limits`);

const wide = { name: "wide", free: 10, windowS: 60 };
const narrow = { name: "narrow", free: 3, windowS: 60 };
const patient = { name: "patient", free: 2, windowS: 600, backoff: { firstS: 10, longestS: 40 } };

const of = (key: string, ...budgets: Attempt["budget"][]): Attempt[] => budgets.map((budget) => ({ budget, key }));

/** As the statement that begins a sign-in does it. */
async function take(attempts: Attempt[]): Promise<Lock[]> {
  const { keys, free, windows, waits, longest } = columnsOf(attempts);
  const outcomes = await getSql()<Outcome[]>`select * from take_attempts(${keys}::text[], ${free}::int[],
    ${windows}::bigint[], ${waits}::bigint[], ${longest}::bigint[])`;
  return locksOf(attempts, outcomes);
}

const taken = (attempts: Attempt[]): Promise<boolean> =>
  take(attempts).then(
    () => true,
    (error: unknown) => {
      if (toAppError(error).code !== "too-many-requests") throw error;
      return false;
    },
  );

const pointsOf = async (key: string) => {
  const [row] = await world.database.sql`select points from rate_limits where key = ${key}`;
  return row?.points;
};

describe("an attempt", () => {
  it("is taken exactly as often as the narrowest budget allows, however many arrive at once", async () => {
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => taken(of("a", wide, narrow))));
    expect(outcomes.filter(Boolean)).toHaveLength(3);
  });

  it("that one budget refuses costs none of the others anything", async () => {
    await Promise.all(Array.from({ length: 50 }, () => taken(of("a", narrow, wide))));
    expect([await pointsOf("narrow:a"), await pointsOf("wide:a")]).toEqual([3, 3]);
  });

  it("does not wait for ever for another that names the same budgets in another order", async () => {
    const orders = [of("a", wide, narrow, patient), of("a", patient, narrow, wide)];
    const all = Array.from({ length: 100 }, (_, at) => taken(orders[at % 2] ?? []));
    expect((await Promise.all(all)).filter(Boolean)).toHaveLength(2);
  });

  it("of one key is nothing to another", async () => {
    await Promise.all(Array.from({ length: 5 }, () => taken(of("a", narrow))));
    expect(await taken(of("b", narrow))).toBe(true);
  });

  it("tells whoever takes the last one that it locked the budget, and nobody else", async () => {
    const settled = await Promise.allSettled(Array.from({ length: 20 }, () => take(of("a", patient, wide))));
    const locks = settled.flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : []));
    expect(locks).toEqual([{ budget: "patient", key: "a", seconds: 10 }]);
  });

  it("that is given back can be taken again, and the lock it caused is lifted", async () => {
    for (const budget of [narrow, patient]) {
      const attempts = of("a", budget);
      while (await taken(attempts));
      await giveBack(attempts);
      expect([await taken(attempts), await taken(attempts)]).toEqual([true, false]);
    }
  });

  it("is given back once for each that was taken, also at the same time", async () => {
    const attempts = of("a", wide, narrow);
    for (let round = 0; round < 20; round++) {
      const outcomes = await Promise.all([1, 2, 3].map(() => taken(attempts)));
      expect(outcomes).toEqual([true, true, true]);
      await Promise.all(outcomes.map(() => giveBack(attempts)));
    }
    expect(await pointsOf("wide:a")).toBe(0);
  });

  it("is forgotten with all before it where that is asked for, and only there", async () => {
    const attempts = of("a", patient, wide);
    await take(attempts);
    await take(attempts);
    await giveBack(attempts, ({ name }) => name === "patient");
    expect([await pointsOf("patient:a"), await pointsOf("wide:a")]).toEqual([0, 1]);
  });
});
