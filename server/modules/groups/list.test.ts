import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { read } from "@/server/core/database";
import { GroupId } from "@/server/core/ids";
import { fill } from "@/server/testing/bulk";
import * as factories from "@/server/testing/factories";
import { kindsIn, pageReads, rowsIn } from "@/server/testing/plans";
import { createWorld, type World } from "@/server/testing/world";
import * as members from "./members.repo";
import { ListGroupMembers } from "./schema";

const PEOPLE = 60_000;

let world: World;
let everybody: GroupId;
let few: GroupId;
beforeAll(async () => {
  world = await createWorld();
  few = (await factories.group()).id;
  const { sql } = world.database;
  const [users] = await sql`select id from groups where name = 'users'`;
  everybody = GroupId.parse(users?.id);
  await fill(
    sql,
    "users",
    (tx) => tx`
      insert into users (username, display_name, status)
      select 'person-' || lpad(n::text, 6, '0'), 'Somebody ' || n, 'active' from generate_series(1, ${PEOPLE}) n`,
  );
  await fill(
    sql,
    "group_memberships",
    (tx) => tx`
      insert into group_memberships (group_id, user_id)
      select ${everybody}::uuid, id from users
      union all
      select ${few}::uuid, id from users where username::text like '%00'
      on conflict do nothing`,
  );
});
afterAll(() => world.end());

type Filter = Partial<Record<keyof ListGroupMembers, unknown>>;
const list = (filter: Filter) =>
  read({ scope: "admin", userId: null }, (reader) => members.list(reader, ListGroupMembers.parse(filter)));

/** How every table was read for the rows of a page. */
const rowsRead = async (filter: Filter) => (await pageReads(world.database, "", () => list(filter))).rows;

describe(`a page of a group of ${PEOPLE.toLocaleString("en-GB")} members`, () => {
  it("reads about as many rows as it shows, at the start, deep inside, and back", async () => {
    const middle = (await list({ id: everybody, q: "person-03000", size: 1 })).nextCursor;
    const back = (await list({ id: everybody, cursor: middle })).previousCursor;
    for (const cursor of [undefined, middle, back]) {
      const scans = await rowsRead({ id: everybody, cursor });
      expect(kindsIn(scans)).not.toContain("Seq Scan");
      expect(rowsIn(scans)).toBeLessThanOrEqual(120);
    }
  });

  it("searched for few reads few", async () => {
    const scans = await rowsRead({ id: everybody, q: "person-0555" });
    expect(kindsIn(scans)).not.toContain("Seq Scan");
    expect(rowsIn(scans)).toBeLessThan(2000);
  });

  it("is the right one, and counted up to the limit", async () => {
    const { rows, total, totalIsExact } = await list({ id: everybody, q: "person", size: 2 });
    expect(rows.map(({ username }) => username)).toEqual(["person-000001", "person-000002"]);
    expect({ total, totalIsExact }).toEqual({ total: 10_000, totalIsExact: false });
  });
});

it("a page of a small group among very many people reads its members only", async () => {
  const first = await list({ id: few, size: 25 });
  expect([first.total, first.rows[0]?.username]).toEqual([600, "person-000100"]);
  for (const cursor of [undefined, first.nextCursor]) {
    const scans = await rowsRead({ id: few, cursor });
    expect(kindsIn(scans)).not.toContain("Seq Scan");
    expect(rowsIn(scans)).toBeLessThan(4000);
  }
});
