import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import { TunnelId } from "@/server/core/ids";
import * as factories from "@/server/testing/factories";
import { gateway, type TestGateway, tunnel, wireguardKey } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";
import { warnExpiring } from "./expiry.service";
import * as own from "./own.service";
import { ListTunnels } from "./schema";
import * as tunnels from "./service";

const DAY_MS = 86_400_000;
const { system } = factories;

let world: World;
let gw: TestGateway;
let user: factories.TestUser;
beforeAll(async () => {
  world = await createWorld();
  gw = await gateway(world.database);
});
afterAll(() => world.end());
beforeEach(async () => {
  user = await factories.user();
  await lifetime(0);
});

const lifetime = (days: number) => world.database.sql`
  update system_settings set value = ${days}::int::text::jsonb where category = 'device' and key = 'lifetime_days'`;
const endsIn = (id: string, hours: number) => world.database.sql`
  update wireguard_peers set not_after = now() + make_interval(hours => ${hours}), created_at = now() - interval '60 days'
   where id = ${id}`;
const daysLeft = (end: Date | null) => (end ? Math.round((end.getTime() - Date.now()) / DAY_MS) : null);
const warn = () => warnExpiring.execute(system, undefined);
const warnings = async (deviceId: string) =>
  (
    await world.database.sql`
      select user_id, metadata from audit_logs
       where entity_id = ${deviceId} and event_type = 'device.expiring' order by sequence`
  ).map(({ userId, metadata }) => ({ userId, hours: metadata.hours }));

/** Somebody's own device, and how its owner, who has just given the password, asks for more time. */
async function added() {
  const me = await world.asUser(user);
  const input = { name: "Phone", platform: "ios", gatewayId: gw.id, publicKey: wireguardKey() } as const;
  const { tunnel: made } = await own.addDevice.execute(me, input);
  const id = TunnelId.parse(made.id);
  await world.database.sql`
    update sessions set elevated_until = now() + interval '10 minutes' where user_id = ${user.id}`;
  const extend = async () => (await own.extendOwn.execute(me, { id })).notAfter;
  const refusal = () =>
    extend().then(
      () => "done",
      (error) => toAppError(error).code,
    );
  return { id, made, me, extend, refusal };
}

describe("a person's device", () => {
  it("stays as long as the setting says, and without end where it says nothing", async () => {
    expect((await added()).made.notAfter).toBeNull();
    await lifetime(30);
    expect(daysLeft((await added()).made.notAfter)).toBe(30);
  });

  it("with an agent of its own has the same end, and a machine nobody owns has none", async () => {
    await lifetime(30);
    const ends = async (owner?: factories.TestUser) => {
      const { client, id } = await factories.device(owner ? { owner } : {});
      const answer = await client.send("PUT", "/tunnel", { body: { publicKey: wireguardKey() } });
      expect(answer.status).toBe(200);
      const { rows } = await tunnels.list.execute(system, ListTunnels.parse({ device: id }));
      return daysLeft(rows[0]?.notAfter ?? null);
    };
    expect([await ends(user), await ends()]).toEqual([30, null]);
  });

  it("is extended by its owner, from now on, on record, after giving the password", async () => {
    await lifetime(30);
    const { id, me, extend, refusal } = await added();
    await endsIn(id, 48);
    expect(daysLeft(await extend())).toBe(30);
    const [mine] = (await own.mine.execute(me, undefined)).tunnels;
    expect(daysLeft(mine?.notAfter ?? null)).toBe(30);
    const [entry] = await world.database.sql`
      select user_id from audit_logs where entity_id = ${id} and event_type = 'tunnel.extended'`;
    expect(entry?.userId).toBe(user.id);
    await endsIn(id, 48);
    await world.database.sql`update sessions set elevated_until = null where user_id = ${user.id}`;
    expect(await refusal()).toBe("step-up-required");
  });

  it("is not extended by its owner where the settings give no time, nor once it has ended, nor by anybody else", async () => {
    const { id, refusal } = await added();
    await endsIn(id, 48);
    expect(await refusal()).toBe("conflict");
    await lifetime(30);
    const other = await world.asUser(await factories.user());
    await world.database.sql`update sessions set elevated_until = now() + interval '10 minutes'`;
    const byOther = own.extendOwn.execute(other, { id });
    await expect(byOther).rejects.toMatchObject({ code: "not-found" });
    await own.endOwn.execute(await world.asUser(user), { id });
    expect(await refusal()).toBe("conflict");
  });

  it("is never given less time by being extended", async () => {
    await lifetime(30);
    const { id, refusal } = await added();
    await endsIn(id, 24 * 200);
    expect(await refusal()).toBe("conflict");
  });
});

describe("a device that is about to leave the private network", () => {
  it("is warned of a week before and a day before, once each, however many look", async () => {
    const { id, device } = await tunnel(gw, user);
    await endsIn(id, 24 * 7 + 1);
    await warn();
    expect(await warnings(device.id)).toEqual([]);
    await world.database.sql`update wireguard_peers set not_after = now() + interval '6 days' where id = ${id}`;
    await Promise.all(Array.from({ length: 6 }, warn));
    expect(await warnings(device.id)).toEqual([{ userId: user.id, hours: 168 }]);
    // The same end, five days later.
    await world.database.sql`
      alter table wireguard_peers disable trigger wireguard_peers_forget_warning`;
    await world.database.sql`update wireguard_peers set not_after = now() + interval '20 hours' where id = ${id}`;
    await world.database.sql`
      alter table wireguard_peers enable trigger wireguard_peers_forget_warning`;
    await Promise.all(Array.from({ length: 6 }, warn));
    expect((await warnings(device.id)).map(({ hours }) => hours)).toEqual([168, 24]);
  });

  it("is warned of anew when it got another end", async () => {
    const { id, device } = await tunnel(gw, user);
    await endsIn(id, 20);
    await warn();
    await tunnels.extend.execute(system, { id, lifetimeDays: 30 });
    await warn();
    await world.database.sql`update wireguard_peers set not_after = now() + interval '5 days' where id = ${id}`;
    await warn();
    expect((await warnings(device.id)).map(({ hours }) => hours)).toEqual([24, 168]);
  });

  it("is not warned of by its tunnel when it leaves before that ends", async () => {
    const { id, device } = await tunnel(gw, user);
    await endsIn(id, 20);
    const { sql } = world.database;
    await sql`update devices set expires_at = now() + interval '19 hours' where id = ${device.id}`;
    await warn();
    expect(await warnings(device.id)).toEqual([]);
    await sql`update devices set expires_at = now() + interval '21 hours' where id = ${device.id}`;
    await warn();
    expect(await warnings(device.id)).toEqual([{ userId: user.id, hours: 24 }]);
  });

  it("is not warned of at a mark that its tunnel was made after", async () => {
    const { device } = await tunnel(gw, user);
    await world.database.sql`
      update wireguard_peers set not_after = now() + interval '20 hours' where device_id = ${device.id}`;
    await warn();
    expect(await warnings(device.id)).toEqual([]);
  });
});
