import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { TagId } from "@/server/core/ids";
import { UpdateTag } from "@/server/modules/tags/schema";
import * as tags from "@/server/modules/tags/service";
import { deliverEffects } from "@/server/testing/effects";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let tag: Awaited<ReturnType<typeof factories.tag>>;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  tag = await factories.tag();
});

const DEVICES = 1201;
const rename = (id = tag.id) =>
  tags.update.execute(world.system, UpdateTag.parse({ ...tag, id, name: factories.unique("renamed") }));

/** Devices that carry the tag and whose document is up to date. */
async function tagged(count: number): Promise<string[]> {
  const rows = await world.database.sql`
    with made as (
      insert into devices (name, platform, device_fingerprint, status, desired_hash)
      select 'bulk', 'linux', gen_random_uuid(), 'active', 'ds1-old' from generate_series(1, ${count}) returning id
    ), carried as (insert into device_tags (device_id, tag_id, source) select id, ${tag.id}, 'test' from made)
    select id from made`;
  return rows.map(({ id }) => id);
}

const outdated = async (ids: readonly string[]) => {
  const [row] = await world.database.sql`
    select count(*)::int as count from devices where id = any(${[...ids]}) and desired_hash is null`;
  return row?.count;
};

const batches = () => world.database.sql`
  select jsonb_array_length(payload -> 'deviceIds') as size from outbox where delivered_at is null order by 1 desc`;

it("a new name of a tag outdates the documents of its devices afterwards, five hundred at a time", async () => {
  const ids = await tagged(DEVICES);
  const others = await world.database.sql`
    insert into devices (name, platform, device_fingerprint, status, desired_hash)
    values ('other', 'linux', gen_random_uuid(), 'active', 'ds1-old') returning id`;
  await rename();
  expect(await outdated(ids)).toBe(0);
  expect(await batches()).toEqual([{ size: 500 }, { size: 500 }, { size: 201 }]);
  await deliverEffects();
  expect(await outdated(ids)).toBe(DEVICES);
  expect(await outdated(others.map(({ id }) => id))).toBe(0);
});

it("a removed tag outdates the documents of the devices that carried it", async () => {
  const ids = await tagged(3);
  await tags.remove.execute(world.system, { id: tag.id });
  await deliverEffects();
  expect(await outdated(ids)).toBe(3);
});

it("a change of a tag that fails outdates nothing", async () => {
  const ids = await tagged(1);
  const taken = await factories.tag();
  const failing = tags.update.execute(world.system, UpdateTag.parse({ ...tag, name: taken.name }));
  await expect(failing).rejects.toMatchObject({ code: "name-taken" });
  await expect(tags.remove.execute(world.system, { id: TagId.parse(crypto.randomUUID()) })).rejects.toThrow();
  expect(await batches()).toEqual([]);
  expect(await outdated(ids)).toBe(0);
});

it("a colour is nobody's document's business", async () => {
  await tagged(1);
  await tags.update.execute(world.system, UpdateTag.parse({ ...tag, color: "#dc2626" }));
  expect(await batches()).toEqual([]);
});

it("a document that is compiled from the old name at that moment is outdated when it is stored", async () => {
  const ids = await tagged(1);
  const { sql } = world.database;
  let delivery: Promise<void> | undefined;
  await sql.begin(async (tx) => {
    await tx`select from devices where id = any(${ids}) for update`;
    await rename();
    delivery = deliverEffects();
    const waiting = async () =>
      (
        await sql`
          select count(*)::int as count from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'`
      )[0]?.count;
    await expect.poll(waiting, { timeout: 15_000 }).toBe(1);
    await tx`update devices set desired_hash = 'ds1-of-the-old-name' where id = any(${ids})`;
  });
  await delivery;
  expect(await outdated(ids)).toBe(1);
});
