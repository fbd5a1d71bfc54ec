import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Caller } from "@/server/core/operation";
import { fill } from "@/server/testing/bulk";
import { kindsIn, pageReads, rowsIn } from "@/server/testing/plans";
import { createWorld, type World } from "@/server/testing/world";
import { ListUsers } from "./schema";
import * as users from "./service";

const PEOPLE = 100_000;

let world: World;
let caller: Caller;
beforeAll(async () => {
  world = await createWorld();
  caller = await world.as("user.read");
  await fill(
    world.database.sql,
    "users",
    (tx) => tx`
      insert into users (username, email, display_name, status, last_login_at, created_at)
      select 'person-' || lpad(n::text, 6, '0'), 'p' || n || '@example.com',
             (array['Ada', 'Bela', 'Cem', 'Dana'])[1 + n % 4] || ' ' || n,
             (case when n % 50 = 0 then 'suspended' else 'active' end)::user_status,
             case when n % 3 > 0 then now() - n * interval '1 minute' end, now() - n * interval '7 minutes'
        from generate_series(1, ${PEOPLE}) n`,
  );
});
afterAll(() => world.end());

type Filter = Partial<Record<keyof ListUsers, unknown>>;
const list = (filter: Filter) => users.list.execute(caller, ListUsers.parse(filter));

const reads = (filter: Filter) => pageReads(world.database, "users", () => list(filter));

/** A place in the middle of everybody, in this order. */
async function middle(sort: string) {
  const { nextCursor } = await list({ sort, q: "person-05000", size: 1 });
  return nextCursor;
}

describe(`a page of ${PEOPLE.toLocaleString("en-GB")} users`, () => {
  const searches = { nobody: "no such person", one: "person-077777", some: "person-0777", everybody: "example.com" };

  it.each(["username", "createdAt", "lastLoginAt"])(
    "searched, sorted by %s and counted reads no table from end to end",
    async (sort) => {
      for (const [who, q] of Object.entries(searches)) {
        for (const direction of ["asc", "desc"]) {
          const { rows, count } = await reads({ sort, direction, q });
          expect(kindsIn(rows, count), `${who} ${direction}`).not.toContain("Seq Scan");
          expect(rowsIn(rows), `${who} ${direction}`).toBeLessThan(2000);
          expect(rowsIn(count), `${who} ${direction}`).toBeLessThanOrEqual(10_100);
        }
      }
    },
  );

  it("filtered by status reads no table from end to end", async () => {
    for (const status of ["suspended", "active", "invited"]) {
      const { rows, count } = await reads({ status, sort: "username" });
      expect(kindsIn(rows, count)).not.toContain("Seq Scan");
    }
  });

  it.each(["username", "createdAt", "lastLoginAt"])(
    "deep in the list by %s reads about as many rows as it shows",
    async (sort) => {
      const cursor = await middle(sort);
      const { rows } = await reads({ sort, cursor, size: 25 });
      expect(kindsIn(rows)).not.toContain("Seq Scan");
      expect(rowsIn(rows)).toBeLessThanOrEqual(30);
      const back = (await list({ sort, cursor, size: 25 })).previousCursor;
      expect(rowsIn((await reads({ sort, cursor: back, size: 25 })).rows)).toBeLessThanOrEqual(30);
    },
  );

  it("is the right one: found, in order, and counted up to the limit", async () => {
    const found = await list({ q: "person-0777", sort: "username", direction: "desc", size: 10 });
    expect(found).toMatchObject({ total: 100, totalIsExact: true });
    const names = Array.from({ length: 10 }, (_, at) => `person-0777${99 - at}`);
    expect(found.rows.map(({ username }) => username)).toEqual(names);
    expect(await list({ size: 1 })).toMatchObject({ total: 10_000, totalIsExact: false });
  });
});
