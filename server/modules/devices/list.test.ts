import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Caller } from "@/server/core/operation";
import { fill } from "@/server/testing/bulk";
import * as factories from "@/server/testing/factories";
import { kindsIn, pageReads, rowsIn } from "@/server/testing/plans";
import { createWorld, type World } from "@/server/testing/world";
import { ListDevices } from "./schema";
import * as devices from "./service";

const MACHINES = 60_000;

let world: World;
let caller: Caller;
let rare: string;
let common: string;
beforeAll(async () => {
  world = await createWorld();
  caller = await world.as("device.read");
  [rare, common] = [(await factories.tag()).id, (await factories.tag()).id];
  const { sql } = world.database;
  await fill(
    sql,
    "devices",
    (tx) => tx`
      insert into devices (name, status, os_version, platform, last_seen_at, created_at)
      select 'machine-' || lpad(n::text, 6, '0'), (case when n % 40 = 0 then 'pending' else 'active' end)::device_status,
             (array['Debian 12', 'Debian 13', 'Fedora 43', 'Windows 11'])[1 + n % 4], 'linux',
             case when n % 3 > 0 then now() - n * interval '1 minute' end, now() - n * interval '7 minutes'
        from generate_series(1, ${MACHINES}) n`,
  );
  await fill(
    sql,
    "device_tags",
    (tx) => tx`
      insert into device_tags (device_id, tag_id)
      select id, case when name like '%00' then ${rare}::uuid else ${common}::uuid end from devices where name like '%0'`,
  );
});
afterAll(() => world.end());

type Filter = Partial<Record<keyof ListDevices, unknown>>;
const list = (filter: Filter) => devices.list.execute(caller, ListDevices.parse(filter));

const reads = (filter: Filter) => pageReads(world.database, "devices", () => list(filter));

const sorts = ["name", "lastSeenAt", "createdAt"];

describe(`a page of ${MACHINES.toLocaleString("en-GB")} devices`, () => {
  const searches = { none: "no such device", one: "machine-055555", some: "machine-0555", all: "machine" };

  it.each(sorts)("searched, sorted by %s and counted reads no table from end to end", async (sort) => {
    for (const [which, q] of Object.entries(searches)) {
      for (const direction of ["asc", "desc"]) {
        const { rows, count } = await reads({ sort, direction, q });
        expect(kindsIn(rows, count), `${which} ${direction}`).not.toContain("Seq Scan");
        expect(rowsIn(rows), `${which} ${direction}`).toBeLessThan(2000);
        expect(rowsIn(count), `${which} ${direction}`).toBeLessThanOrEqual(10_100);
      }
    }
  });

  it("of a tag reads a small part of the table for its rows, and for the number of those few that carry it", async () => {
    const [few, many] = [await reads({ tag: rare, sort: "name" }), await reads({ tag: common, sort: "name" })];
    expect(kindsIn(few.rows, few.count, many.rows)).not.toContain("Seq Scan");
    expect(rowsIn([...few.rows, ...few.count, ...many.rows])).toBeLessThan(MACHINES / 10);
    expect(await list({ tag: rare })).toMatchObject({ total: 600, totalIsExact: true });
  });

  it.each(["soon", "expired"])("of those that leave by time (%s) reads a small part of the table", async (leaves) => {
    const { sql } = world.database;
    await sql`update devices set expires_at = now() + interval '3 days' where name like '%0500'`;
    await sql`update devices set expires_at = now() - interval '3 days' where name like '%0600'`;
    await sql`analyze devices`;
    const { rows, count } = await reads({ leaves, sort: "name" });
    expect(kindsIn(rows, count)).not.toContain("Seq Scan");
    expect(rowsIn([...rows, ...count])).toBeLessThan(MACHINES / 10);
    expect(await list({ leaves })).toMatchObject({ total: 6 });
  });

  it("of a status is read in order", async () => {
    const { rows } = await reads({ status: "pending", sort: "name" });
    expect(kindsIn(rows)).not.toContain("Seq Scan");
    expect(rowsIn(rows)).toBeLessThanOrEqual(2000);
  });

  it.each(sorts)("deep in the list by %s reads about as many rows as it shows", async (sort) => {
    const { nextCursor: cursor } = await list({ sort, q: "machine-03000", size: 1 });
    const page = await list({ sort, cursor, size: 25 });
    expect(page.rows).toHaveLength(25);
    for (const place of [cursor, page.previousCursor, page.nextCursor]) {
      const { rows } = await reads({ sort, cursor: place, size: 25 });
      expect(kindsIn(rows)).not.toContain("Seq Scan");
      expect(rowsIn(rows)).toBeLessThanOrEqual(30);
    }
  });
});
