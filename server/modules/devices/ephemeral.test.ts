import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DeviceId } from "@/server/core/ids";
import * as factories from "@/server/testing/factories";
import { gateway, type TestGateway, wireguardKey } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";
import { collect } from "./ephemeral.service";
import { ListDevices } from "./schema";
import * as devices from "./service";

const HOUR_S = 3600;
const { system } = factories;

let world: World;
let gw: TestGateway;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  gw = await gateway(world.database);
});

const sweep = () => collect.execute(system, undefined);
const statusOf = async (id: DeviceId) => (await devices.get.execute(system, { id })).status;
const collected = (id: string) => world.database.sql`
  select changes from audit_logs where entity_id = ${id} and event_type = 'device.collected'`;

/** A machine of a token, with how many hours ago it enrolled, checked in and shook hands. */
async function machine(
  ephemeralTtlS: number | null,
  { enrolled, seen = null, connected = null }: { enrolled: number; seen?: number | null; connected?: number | null },
) {
  const { secret } = await factories.enrolmentToken({ ephemeralTtlS, requireApproval: false });
  const client = world.deviceClient();
  const answer = await client.enrol({ token: secret, hostname: factories.unique("runner") });
  const id = DeviceId.parse((await answer.json()).deviceId);
  const hoursAgo = (hours: number | null) => world.database.sql`now() - make_interval(hours => ${hours})`;
  await world.database.sql`
    update devices set created_at = ${hoursAgo(enrolled)}, last_seen_at = ${hoursAgo(seen)},
           last_connected_at = ${hoursAgo(connected)} where id = ${id}`;
  return { id, client };
}

describe("a device of an ephemeral token", () => {
  it("is retired when it was not heard of in time, once, with its key, its tunnel and its addresses", async () => {
    const { id, client } = await machine(2 * HOUR_S, { enrolled: 0 });
    const answer = await client.send("PUT", "/tunnel", { body: { publicKey: wireguardKey() } });
    expect(answer.status).toBe(200);
    await world.database.sql`
      update devices set created_at = now() - interval '9 hours', last_seen_at = now() - interval '3 hours' where id = ${id}`;
    await Promise.all(Array.from({ length: 6 }, sweep));
    expect(await statusOf(id)).toBe("retired");
    expect(await collected(id)).toEqual([{ changes: { before: { status: "active" }, after: { status: "retired" } } }]);
    const held = await world.database.sql`
      select 1 from wireguard_peers where device_id = ${id} and state = 'active'
      union all select 1 from ip_allocations where device_id = ${id} and released_at is null
      union all select 1 from device_keys where device_id = ${id} and status <> 'revoked'`;
    expect(held).toEqual([]);
    expect((await client.send("GET", "/self")).status).toBe(410);
  });

  it("stays while it checks in, is connected, or has only just enrolled", async () => {
    const kept = [
      await machine(2 * HOUR_S, { enrolled: 50, seen: 1 }),
      await machine(2 * HOUR_S, { enrolled: 50, seen: 40, connected: 1 }),
      await machine(HOUR_S, { enrolled: 1 }),
    ];
    const lost = await machine(HOUR_S, { enrolled: 3 });
    await sweep();
    expect(await Promise.all(kept.map(({ id }) => statusOf(id)))).toEqual(["active", "active", "active"]);
    expect(await statusOf(lost.id)).toBe("retired");
  });

  it("is no device of any other token, and no gateway, however long it was not heard of", async () => {
    const { id } = await machine(null, { enrolled: 9000, seen: 8000 });
    const isGateway = await machine(HOUR_S, { enrolled: 90 });
    await world.database.sql`update devices set gateway_id = null where id = ${gw.deviceId}`;
    await world.database.sql`update devices set gateway_id = ${gw.id} where id = ${isGateway.id}`;
    await sweep();
    expect([await statusOf(id), await statusOf(isGateway.id)]).toEqual(["active", "active"]);
  });
});

it("inactive devices are those in service that were neither seen nor connected for so many days", async () => {
  const quiet = await machine(null, { enrolled: 24 * 40, seen: 24 * 31 });
  const connected = await machine(null, { enrolled: 24 * 40, seen: 24 * 31, connected: 2 });
  const fresh = await machine(null, { enrolled: 1 });
  const ended = await machine(null, { enrolled: 24 * 40 });
  await world.database.sql`update devices set status = 'revoked' where id = ${ended.id}`;
  const listed = async (inactiveDays: number) => {
    const { rows } = await devices.list.execute(system, ListDevices.parse({ inactiveDays, size: 100 }));
    const ids = rows.map(({ id }) => id);
    return [quiet, connected, fresh, ended].map(({ id }) => ids.includes(id));
  };
  expect(await listed(30)).toEqual([true, false, false, false]);
  expect(await listed(35)).toEqual([false, false, false, false]);
});
