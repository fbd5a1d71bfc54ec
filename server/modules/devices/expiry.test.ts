import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import type { Caller } from "@/server/core/operation";
import * as factories from "@/server/testing/factories";
import { gateway, type TestGateway } from "@/server/testing/network";
import { rest } from "@/server/testing/rest";
import { createWorld, type World } from "@/server/testing/world";
import { setExpiry, tellDue } from "./expiry.service";
import * as lifecycle from "./lifecycle.service";
import { ListDevices } from "./schema";
import * as devices from "./service";

const HOUR_MS = 3_600_000;
const { system } = factories;

let world: World;
let admin: Caller;
let gw: TestGateway;
beforeAll(async () => {
  world = await createWorld();
  admin = await world.asRole("admin");
  gw = await gateway(world.database);
});
afterAll(() => world.end());

type Id = factories.TestDevice["id"];
const inHours = (hours: number): string => new Date(Date.now() + hours * HOUR_MS).toISOString();
const set = (id: Id, expiresAt: string | null, caller = admin) => setExpiry.execute(caller, { id, expiresAt });
const get = (id: Id) => devices.get.execute(system, { id });
const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable("it was not refused"),
    (error) => toAppError(error),
  );
const trail = (id: Id, event: string) => world.database.sql`
  select user_id, changes, metadata from audit_logs where entity_id = ${id} and event_type = ${event} order by sequence`;
/** Days and hours pass: its end comes nearer without being another. */
const nearer = async (id: Id, hours: number) => {
  const { sql } = world.database;
  await sql`alter table devices disable trigger devices_forget_told_expiry`;
  await sql`update devices set expires_at = now() + make_interval(hours => ${hours}) where id = ${id}`;
  await sql`alter table devices enable trigger devices_forget_told_expiry`;
};

describe("when a device leaves the private network", () => {
  it("is set, changed and cleared by people, each with what it was before", async () => {
    const owner = await factories.user();
    const { id } = await factories.device({ owner });
    const [first, second] = [inHours(48), inHours(96)];
    expect(await set(id, first)).toMatchObject({ expiresAt: new Date(first), endsAt: new Date(first) });
    await set(id, second);
    expect(await set(id, null)).toMatchObject({ expiresAt: null, endsAt: null });
    const changed = await trail(id, "device.expiry-changed");
    expect(changed.map(({ userId }) => userId)).toEqual([owner.id, owner.id, owner.id]);
    expect(changed.map(({ changes: { before, after } }) => [before.expiresAt, after.expiresAt])).toEqual([
      [null, first],
      [first, second],
      [second, null],
    ]);
  });

  it("is the last that was said of two people who say it at once, and the log has both", async () => {
    const { id } = await factories.device();
    const ends = [inHours(48), inHours(96)];
    await Promise.all(ends.map((end) => set(id, end)));
    const [one, two] = await trail(id, "device.expiry-changed");
    expect(one?.changes.before).toEqual({ expiresAt: null });
    expect(two?.changes.before).toEqual(one?.changes.after);
    expect((await get(id)).expiresAt?.toISOString()).toBe(two?.changes.after.expiresAt);
    expect([one?.changes.after.expiresAt, two?.changes.after.expiresAt].sort()).toEqual(ends.sort());
  });

  it("lies in the next ten years, and is nothing for a gateway or for a device that is gone", async () => {
    const { id } = await factories.device();
    for (const end of [inHours(0), inHours(-1), inHours(24 * 3651)]) {
      expect(await refusalOf(set(id, end))).toMatchObject({
        code: "invalid",
        fields: { expiresAt: expect.any(String) },
      });
    }
    expect((await refusalOf(set(gw.deviceId, inHours(1)))).code).toBe("conflict");
    const gone = await factories.device({ status: "revoked" });
    expect((await refusalOf(set(gone.id, inHours(1)))).code).toBe("conflict");
    expect(await trail(id, "device.expiry-changed")).toEqual([]);
  });

  it("is for those to say who may suspend devices", async () => {
    const { id } = await factories.device();
    await set(id, inHours(48), await world.as("device.suspend"));
    expect((await refusalOf(set(id, null, await world.as("device.update", "device.read")))).code).toBe("forbidden");
    const holder = await factories.user({ roles: ["admin"] });
    const { secret } = await world.apiKey(holder, { scopes: ["device.suspend"] });
    const line = `PUT /api/v1/devices/${id}/expiry`;
    expect(await rest(secret, line, { expiresAt: null })).toMatchObject({ status: 200, body: { expiresAt: null } });
    expect((await rest(secret, line, {})).status).toBe(422);
  });

  it("goes over to the device that takes its place, unless that one leaves before", async () => {
    for (const [old, own, expected] of [
      [48, null, 48],
      [48, 24, 24],
      [null, 24, 24],
    ] as const) {
      const hardwareUuid = crypto.randomUUID();
      const before = await factories.device({ hardwareUuid });
      const after = await factories.device({ hardwareUuid });
      if (old) await set(before.id, inHours(old));
      if (own) await set(after.id, inHours(own));
      await devices.supersede.execute(system, { id: after.id });
      const { expiresAt } = await get(after.id);
      expect(Math.round(((expiresAt?.getTime() ?? 0) - Date.now()) / HOUR_MS)).toBe(expected);
    }
  });
});

describe("of a device's end", () => {
  const said = async (id: Id) => [
    ...(await trail(id, "device.expiring")).map(({ metadata }) => metadata.hours),
    ...(await trail(id, "device.expired")).map(() => 0),
  ];
  const tell = () => Promise.all(Array.from({ length: 6 }, () => tellDue.execute(system, undefined)));

  it("the log says it is near a week and a day before, and that it came, once each, however many look", async () => {
    const { id } = await factories.device();
    await set(id, inHours(24 * 8));
    await tell();
    expect(await said(id)).toEqual([]);
    for (const [hours, expected] of [
      [24 * 6, [168]],
      [20, [168, 24]],
      [0, [168, 24, 0]],
    ] as const) {
      await nearer(id, hours);
      await tell();
      expect(await said(id)).toEqual(expected);
    }
  });

  it("the log says so anew when it is another, and nothing for a device that is gone", async () => {
    const { id } = await factories.device();
    await set(id, inHours(20));
    await tell();
    await set(id, inHours(24 * 30));
    await tell();
    await set(id, inHours(24 * 5));
    await tell();
    expect(await said(id)).toEqual([24, 168]);
    await lifecycle.revoke.execute(system, { id });
    await nearer(id, 0);
    await tell();
    expect(await said(id)).toEqual([24, 168]);
  });
});

it("devices can be listed by whether they leave within a week or have left by time", async () => {
  const [soon, later, over, never, gone] = await Promise.all(Array.from({ length: 5 }, () => factories.device()));
  if (!soon || !later || !over || !never || !gone) return expect.unreachable("five devices were made");
  await set(soon.id, inHours(24 * 6));
  await set(later.id, inHours(24 * 8));
  await set(gone.id, inHours(24 * 6));
  await lifecycle.revoke.execute(system, { id: gone.id });
  await nearer(over.id, 0);
  const listed = async (leaves: string) => {
    const { rows } = await devices.list.execute(system, ListDevices.parse({ leaves, size: 100 }));
    const ids = rows.map(({ id }) => id);
    return [soon, later, over, never, gone].map(({ id }) => ids.includes(id));
  };
  expect(await listed("soon")).toEqual([true, false, false, false, false]);
  expect(await listed("expired")).toEqual([false, false, true, false, false]);
});
