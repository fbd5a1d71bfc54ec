import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import { TunnelId } from "@/server/core/ids";
import type { Caller } from "@/server/core/operation";
import * as lifecycle from "@/server/modules/devices/lifecycle.service";
import * as gateways from "@/server/modules/gateways/service";
import * as factories from "@/server/testing/factories";
import { gateway, policy, type TestGateway, tunnel, wireguardKey } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";
import * as own from "./own.service";
import * as tunnels from "./service";

let world: World;
let gw: TestGateway;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  gw = await gateway(world.database);
});

const { system } = factories;
const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => "let in",
    (error) => toAppError(error).code,
  );
const create = (deviceId: factories.TestDevice["id"], publicKey = wireguardKey()) =>
  tunnels.create.execute(system, { deviceId, gatewayId: gw.id, publicKey, lifetimeDays: null });
const liveAddresses = async (deviceId: string) =>
  (await world.database.sql`select 1 from ip_allocations where device_id = ${deviceId} and released_at is null`).length;

describe("a tunnel", () => {
  it("is one for each device, however many ask for it at once", async () => {
    const device = await factories.device();
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => refusalOf(create(device.id))));
    expect(outcomes.filter((outcome) => outcome === "let in")).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(["let in", "conflict"]));
    expect(await liveAddresses(device.id)).toBe(2);
  });

  it("has an address of each family and a preshared key that the database holds only encrypted", async () => {
    const { tunnel: made, presharedKey, id } = await tunnel(gw);
    expect(made.addresses.map((address) => address.includes(":"))).toEqual([false, true]);
    const [row] = await world.database.sql`select * from wireguard_peers where id = ${id}`;
    expect(JSON.stringify(row)).not.toContain(presharedKey);
  });

  it("never gets a key that was anybody's before, be it ended, replaced or a gateway's", async () => {
    const { id, publicKey, device } = await tunnel(gw);
    expect(await refusalOf(create((await factories.device()).id, publicKey))).toBe("key-in-use");
    await tunnels.rotateKey.execute(system, { id, publicKey: wireguardKey() });
    await lifecycle.revoke.execute(system, { id: device.id });
    expect(await refusalOf(create((await factories.device()).id, publicKey))).toBe("key-in-use");
    const [{ key } = { key: "" }] = await world.database.sql<{ key: string }[]>`
      select public_key as key from gateways where id = ${gw.id}`;
    expect(await refusalOf(create((await factories.device()).id, key))).toBe("key-in-use");
  });

  it("keeps its addresses and its end when its key is replaced", async () => {
    const { id, tunnel: before } = await tunnel(gw);
    await tunnels.extend.execute(system, { id, lifetimeDays: 30 });
    const publicKey = wireguardKey();
    const { tunnel: after, presharedKey } = await tunnels.rotateKey.execute(system, { id, publicKey });
    expect(after).toMatchObject({ addresses: before.addresses, publicKey, state: "active" });
    expect(after.notAfter?.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    expect(presharedKey).toHaveLength(44);
    expect((await tunnels.get.execute(system, { id })).state).toBe("superseded");
  });

  it("ends with its device, whose addresses rest from then on", async () => {
    const { id, device } = await tunnel(gw);
    await lifecycle.revoke.execute(system, { id: device.id });
    expect((await tunnels.get.execute(system, { id })).state).toBe("revoked");
    expect(await liveAddresses(device.id)).toBe(0);
  });

  it("ends at its time, on record, and not before", async () => {
    const [over, later] = [await tunnel(gw), await tunnel(gw)];
    const { sql } = world.database;
    await sql`update wireguard_peers set not_after = now() - interval '1 second' where id = ${over.id}`;
    await sql`update wireguard_peers set not_after = now() + interval '1 hour' where id = ${later.id}`;
    await tunnels.endExpired.execute(system, undefined);
    expect((await tunnels.get.execute(system, { id: over.id })).state).toBe("revoked");
    expect((await tunnels.get.execute(system, { id: later.id })).state).toBe("active");
    expect(
      await sql`select 1 from audit_logs where event_type = 'tunnel.expired' and entity_id = ${over.id}`,
    ).toHaveLength(1);
  });

  it("is never left behind at a gateway that is removed at the same moment", async () => {
    for (let round = 0; round < 8; round += 1) {
      const going = await gateway(world.database);
      const [{ name } = { name: "" }] = await world.database.sql<{ name: string }[]>`
        select name from gateways where id = ${going.id}`;
      const { id: deviceId } = await factories.device();
      const input = { deviceId, gatewayId: going.id, publicKey: wireguardKey(), lifetimeDays: null };
      const removal = { id: going.id, confirmation: name };
      const [removed, begun] = await Promise.all([
        refusalOf(gateways.remove.execute(system, removal)),
        refusalOf(tunnels.create.execute(system, input)),
      ]);
      expect(removed).toBe("let in");
      expect(["let in", "not-found"]).toContain(begun);
      expect(await liveAddresses(deviceId)).toBe(0);
      const left = await world.database.sql`
        select 1 from wireguard_peers where gateway_id = ${going.id} and state = 'active'`;
      expect(left).toHaveLength(0);
    }
  });

  it("is for a device in use, and for no gateway", async () => {
    const suspended = await factories.device({ status: "suspended" });
    expect(await refusalOf(create(suspended.id))).toBe("conflict");
    expect(await refusalOf(create(gw.deviceId))).toBe("conflict");
  });

  it("begins at no gateway that is not in use, which is offered to nobody either", async () => {
    const { sql } = world.database;
    const offered = async () => (await tunnels.gateways.execute(system, undefined)).some(({ id }) => id === gw.id);
    expect(await offered()).toBe(true);
    await sql`update gateways set is_active = false where id = ${gw.id}`;
    expect(await offered()).toBe(false);
    expect(await refusalOf(create((await factories.device()).id))).toBe("conflict");
  });

  it("tells its traffic as far back as it is shown, the oldest first", async () => {
    const { id } = await tunnel(gw);
    await world.database.sql`
      insert into peer_traffic (peer_id, resolution, bucket_at, rx_bytes, tx_bytes)
      select ${id}, r::traffic_resolution, date_trunc('minute', now()) - make_interval(hours => h), h, 1
        from unnest(array['minute', 'hour', 'day']) r cross join unnest(array[1, 25, 1500, 9000]) h`;
    const told = async (resolution: "minute" | "hour" | "day") =>
      (await tunnels.traffic.execute(system, { id, resolution })).map(({ rxBytes }) => rxBytes);
    expect([await told("minute"), await told("hour"), await told("day")]).toEqual([[1], [25, 1], [1500, 25, 1]]);
  });

  it("sends through the gateway what policies allow the device, and what goes to the other tunnels' ends", async () => {
    await policy(world.database, { destination: "10.210.0.0/17" });
    await policy(world.database, { destination: "10.210.128.0/17" });
    await policy(world.database, { destination: "10.210.9.0/24", effect: "deny" });
    const { profile } = await tunnel(gw);
    const [{ network = "" } = {}] = await world.database.sql<{ network: string }[]>`
      select vpn_cidr::text as network from gateways where id = ${gw.id}`;
    expect(profile.gateway.allowedIps).toEqual(expect.arrayContaining([network, "10.210.0.0/16"]));
    expect(profile.gateway.allowedIps.filter((route) => route.startsWith("10.210"))).toHaveLength(1);
    await world.database.sql`delete from policies`;
  });
});

describe("one's own devices", () => {
  let user: factories.TestUser;
  let me: Caller;
  beforeEach(async () => {
    user = await factories.user();
    me = await world.asUser(user);
  });
  const add = (caller = me) =>
    own.addDevice.execute(caller, { name: "Phone", platform: "ios", gatewayId: gw.id, publicKey: wireguardKey() });

  it("wait for approval, with their profile in hand", async () => {
    const { tunnel: made } = await add();
    const { tunnels: mine } = await own.mine.execute(me, undefined);
    expect(mine).toMatchObject([{ id: made.id, deviceStatus: "pending", isOutdated: false }]);
  });

  it("are as many as one may have, however many are added at once", async () => {
    await world.database.sql`update system_settings set value = '3' where category = 'device' and key = 'max_per_user'`;
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => refusalOf(add())));
    expect(outcomes.filter((outcome) => outcome === "let in")).toHaveLength(3);
    await world.database
      .sql`update system_settings set value = '10' where category = 'device' and key = 'max_per_user'`;
  });

  it("say when the profile that was handed out is out of date", async () => {
    await add();
    const id = await policy(world.database, { destination: "10.220.0.0/16", target: { type: "user", id: user.id } });
    const outdated = async () => (await own.mine.execute(me, undefined)).tunnels.map(({ isOutdated }) => isOutdated);
    expect(await outdated()).toEqual([true]);
    await world.database.sql`delete from policies where id = ${id}`;
    expect(await outdated()).toEqual([false]);
  });

  it("are nobody else's to see, renew or end", async () => {
    const { tunnel: made } = await add();
    const other = await world.asUser(await factories.user());
    expect((await own.mine.execute(other, undefined)).tunnels).toEqual([]);
    const id = TunnelId.parse(made.id);
    expect(await refusalOf(own.renewKey.execute(other, { id, publicKey: wireguardKey() }))).toBe("not-found");
    expect(await refusalOf(own.endOwn.execute(other, { id }))).toBe("not-found");
    await own.endOwn.execute(me, { id });
    expect((await own.mine.execute(me, undefined)).tunnels).toEqual([]);
  });
});
