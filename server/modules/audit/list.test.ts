import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Caller } from "@/server/core/operation";
import { pageReads, rowsIn, type Scan } from "@/server/testing/plans";
import { createWorld, type World } from "@/server/testing/world";
import { ListAudit } from "./schema";
import * as audit from "./service";

const ENTRIES = 60_000;

let world: World;
let caller: Caller;
let subject: string;
beforeAll(async () => {
  world = await createWorld();
  caller = await world.as("audit.read");
  subject = crypto.randomUUID();
  const { sql } = world.database;
  await sql`
    insert into audit_logs (created_at, actor_kind, event_type, action, entity_type, entity_id, source, ip_address)
    select now() - n * interval '3 seconds', 'system', e.event, split_part(e.event, '.', 2), split_part(e.event, '.', 1),
           case when n % 3000 = 0 then ${subject} else gen_random_uuid()::text end, 'system', '192.0.2.1'
      from generate_series(1, ${ENTRIES}) n,
           lateral (select case when n % 2000 = 0 then 'device.revoked' when n % 2 = 0 then 'session.started' else 'session.ended' end) e (event)`;
  await sql`vacuum analyze audit_logs`;
});
afterAll(() => world.end());

type Filter = Partial<Record<keyof ListAudit, unknown>>;
const list = (filter: Filter) => audit.list.execute(caller, ListAudit.parse(filter));

const reads = (filter: Filter) => pageReads(world.database, "audit_logs", () => list(filter));

/** Empty partitions may be read from end to end: that is nothing. */
const wholeReads = (...scans: (readonly Scan[])[]) =>
  scans.flat().filter(({ kind, rows }) => kind === "Seq Scan" && rows > 0);

describe(`a page of ${ENTRIES.toLocaleString("en-GB")} entries`, () => {
  it("of a seldom event reads these and no others", async () => {
    const { rows, count } = await reads({ event: "device.revoked" });
    expect(wholeReads(rows, count)).toEqual([]);
    expect(rowsIn(rows)).toBeLessThanOrEqual(31);
    expect(rowsIn(count)).toBeLessThanOrEqual(31);
    expect(await list({ event: "device.revoked" })).toMatchObject({ total: 30, totalIsExact: true });
  });

  it("of a frequent event, and without any filter, reads about as many rows as it shows", async () => {
    for (const filter of [{ event: "session.started" }, {}]) {
      const { rows } = await reads({ ...filter, size: 25 });
      expect(wholeReads(rows)).toEqual([]);
      expect(rowsIn(rows)).toBeLessThanOrEqual(80);
    }
  });

  it("of what happened to one thing reads that", async () => {
    const { rows, count } = await reads({ entityId: subject });
    expect(wholeReads(rows, count)).toEqual([]);
    expect(rowsIn([...rows, ...count])).toBeLessThanOrEqual(40);
  });

  it("counts what is half of the log up to the limit and stops there", async () => {
    const { count } = await reads({ event: "session.ended" });
    expect(rowsIn(count)).toBeLessThan(25_000);
    expect(await list({ event: "session.ended", size: 1 })).toMatchObject({ total: 10_000, totalIsExact: false });
  });

  it("deep in the log reads about as many rows as it shows", async () => {
    let cursor: string | null = null;
    for (let page = 0; page < 30; page += 1)
      cursor = (await list({ size: 100, cursor: cursor ?? undefined })).nextCursor;
    const { rows } = await reads({ cursor, size: 25 });
    expect(wholeReads(rows)).toEqual([]);
    expect(rowsIn(rows)).toBeLessThanOrEqual(80);
  });
});
