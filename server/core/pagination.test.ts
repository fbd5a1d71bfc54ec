import { sql } from "drizzle-orm";
import { integer, pgTable, timestamp, uuid } from "drizzle-orm/pg-core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase } from "@/db/client";
import { citext } from "@/db/columns";
import { toAppError } from "@/server/core/errors";
import { containing, countUpTo, keyset, one, type SortKey } from "@/server/core/pagination";
import { createWorld, type World } from "@/server/testing/world";

const things = pgTable("paging_things", {
  id: uuid("id").primaryKey().defaultRandom(),
  name: citext("name").notNull(),
  rank: integer("rank").notNull(),
  seenAt: timestamp("seen_at", { withTimezone: true, mode: "date" }),
});

const sortKeys = {
  name: { expression: things.name, type: "citext" },
  rank: { expression: things.rank, type: "int4" },
  seenAt: { expression: sql`coalesce(${things.seenAt}, '-infinity'::timestamptz)`, type: "timestamptz" },
} satisfies Record<string, SortKey>;

let world: World;
let database: ReturnType<typeof createDatabase>;
beforeAll(async () => {
  world = await createWorld();
  database = createDatabase(world.database.sql);
  await world.database.sql`
    create table paging_things (id uuid primary key default gen_random_uuid(), name citext not null,
      rank int not null, seen_at timestamptz)`;
});
afterAll(() => world.end());

type Direction = "asc" | "desc";
interface Listing {
  sort: keyof typeof sortKeys;
  direction: Direction;
  size: number;
}

async function page({ sort, direction, size }: Listing, cursor?: string | null) {
  const id = { expression: things.id, type: "uuid" } as const;
  const paging = keyset({ sort: sortKeys[sort], id, direction, size, cursor: cursor ?? undefined });
  const rows = database
    .select({ id: things.id, sortValue: paging.sortValue })
    .from(things)
    .where(paging.where)
    .orderBy(paging.orderBy)
    .limit(paging.limit);
  return paging.page(rows, countUpTo(database, database.select(one).from(things)));
}

const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);

/** Walks from the first page to the last and back, and returns what was seen each way. */
async function walk(listing: Listing) {
  const forwards: string[] = [];
  let found = await page(listing);
  const { total, totalIsExact } = found;
  expect([found.previousCursor, totalIsExact]).toEqual([null, true]);
  forwards.push(...ids(found.rows));
  while (found.nextCursor) {
    found = await page(listing, found.nextCursor);
    forwards.push(...ids(found.rows));
  }
  const backwards = ids(found.rows);
  while (found.previousCursor) {
    found = await page(listing, found.previousCursor);
    backwards.unshift(...ids(found.rows));
  }
  expect(forwards).toHaveLength(total);
  return { forwards, backwards };
}

const anything = fc.record({
  name: fc.constantFrom("a", "A", "b", "B ", "ä", "_", "%", "'", '"', "\\", "a,b", "{}", "𝒳"),
  rank: fc.integer({ min: -2, max: 2 }),
  // Microseconds, which a JavaScript date would round, and never.
  seenAt: fc.option(fc.constantFrom("2026-01-01 00:00:00.000001Z", "2026-01-01 00:00:00.000002Z", "0001-01-01 00:00Z")),
});

describe("keyset paging", () => {
  it("shows every row once and in order, forwards and backwards, whatever the rows, the order and the page size", async () => {
    const listing = fc.record({
      sort: fc.constantFrom<Listing["sort"]>("name", "rank", "seenAt"),
      direction: fc.constantFrom<Direction>("asc", "desc"),
      size: fc.integer({ min: 1, max: 7 }),
    });
    const property = fc.asyncProperty(fc.array(anything, { maxLength: 18 }), listing, async (rows, wanted) => {
      const { sql: query } = world.database;
      await query`truncate paging_things`;
      for (const { name, rank, seenAt } of rows) {
        await query`insert into paging_things (name, rank, seen_at) values (${name}, ${rank}, ${seenAt}::text::timestamptz)`;
      }
      const order = wanted.direction === "asc" ? sql`asc` : sql`desc`;
      const expected = await database
        .select({ id: things.id })
        .from(things)
        .orderBy(sql`${sortKeys[wanted.sort].expression} ${order}, ${things.id} ${order}`);
      const { forwards, backwards } = await walk(wanted);
      expect(forwards).toEqual(ids(expected));
      expect(backwards).toEqual(ids(expected));
    });
    await fc.assert(property, { numRuns: 80 });
  });

  it("stays whole when rows appear and disappear between two pages", async () => {
    const { sql: query } = world.database;
    await query`truncate paging_things`;
    await query`insert into paging_things (name, rank) select 'n' || i, i from generate_series(1, 9) i`;
    const listing: Listing = { sort: "rank", direction: "asc", size: 3 };
    const first = await page(listing);
    await query`delete from paging_things where rank in (3, 4)`;
    await query`insert into paging_things (name, rank) values ('late', 0)`;
    const second = await page(listing, first.nextCursor);
    const ranks = await query`select rank from paging_things where id = any(${ids(second.rows)}) order by rank`;
    expect(ranks.map(({ rank }) => rank)).toEqual([5, 6, 7]);
  });

  const encoded = (cursor: unknown) => Buffer.from(JSON.stringify(cursor)).toString("base64url");
  const someId = crypto.randomUUID();

  it.each([
    ["no base64", "%%%"],
    ["no JSON", Buffer.from("{").toString("base64url")],
    ["another shape", encoded({ value: "1" })],
    ["an id that is none", encoded({ value: "1", id: "1' or true --", isBackward: false })],
    ["a number that is none", encoded({ value: "one", id: someId, isBackward: false })],
    ["a number beyond its type", encoded({ value: "99999999999", id: someId, isBackward: false })],
    ["text that cannot be stored", encoded({ value: "\u0000", id: someId, isBackward: false })],
  ])("refuses a cursor with %s as malformed", async (_name, cursor) => {
    const failure = await page({ sort: "rank", direction: "asc", size: 3 }, cursor).catch(toAppError);
    expect(failure).toMatchObject({ code: "malformed" });
  });

  it("refuses a moment that is none as malformed", async () => {
    for (const value of ["yesterday at some time", "2026-13-45", "", "2026-01-01 00:00:00+00'::text"]) {
      const cursor = encoded({ value, id: someId, isBackward: false });
      const failure = await page({ sort: "seenAt", direction: "asc", size: 3 }, cursor).catch(toAppError);
      expect(failure).toMatchObject({ code: "malformed" });
    }
  });
});

describe("a search", () => {
  it("finds exactly the texts that contain what was typed, pattern characters and all", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", "B", "%", "_", "\\", ".", " ", "*"), maxLength: 6 });
    const property = fc.asyncProperty(text, text, async (haystack, needle) => {
      const [row] = await world.database.sql`select ${haystack}::text ilike ${containing(needle)} as found`;
      expect(row?.found).toBe(haystack.toLowerCase().includes(needle.toLowerCase()));
    });
    await fc.assert(property, { numRuns: 300 });
  });
});
