import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { PoolId } from "@/server/core/ids";
import { command } from "@/server/core/operation";
import { plantDevices, plantPool } from "@/server/testing/networks";
import { createWorld, type World } from "@/server/testing/world";
import { allocate, release } from "./allocation.service";
import * as pools from "./pools.service";
import { AskHolder, ListAllocations, ListPools } from "./schema";
import * as addresses from "./service";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

/** What a command that needs addresses does. */
const give = command({
  permission: "system",
  unaudited: "The device may have it already",
  input: z.object({ poolId: z.string(), deviceId: z.string() }),
  output: z.object({ address: z.string(), isNew: z.boolean() }),
  run: (context, input) => allocate(context, input),
});
const take = command({
  permission: "system",
  unaudited: "The device may have none",
  input: z.object({ deviceIds: z.array(z.string()) }),
  output: z.number(),
  run: (context, input) => release(context, input),
});

/** One after the other, so that it is known who gets which. */
async function all(poolId: string, deviceIds: readonly string[]) {
  const given: { address: string; isNew: boolean }[] = [];
  for (const deviceId of deviceIds) given.push(await give.execute(world.system, { poolId, deviceId }));
  return given;
}

const audited = (subject: string) => world.database.sql`
  select event_type, status, metadata ->> 'percent' as percent from audit_logs where entity_id = ${subject} order by sequence`;

const update = () => world.as("address.update", "address.read");

const poolNow = async (id: PoolId) => pools.get.execute(await world.as("address.read"), { id });

describe("a pool", () => {
  it("that is used up refuses with what to do, and the audit log keeps it", async () => {
    const { poolId } = await plantPool(world.database.sql, "10.30.0.0/30");
    const [one = "", two = ""] = await plantDevices(world.database.sql, 2);
    expect(await give.execute(world.system, { poolId, deviceId: one })).toMatchObject({ address: "10.30.0.2" });
    expect(await give.execute(world.system, { poolId, deviceId: one })).toMatchObject({ isNew: false });
    await expect(give.execute(world.system, { poolId, deviceId: two })).rejects.toMatchObject({
      code: "pool-exhausted",
      message: expect.stringMatching(/10\.30\.0\.0\/30 .* make the pool larger/),
    });
    expect(await audited(poolId)).toEqual([
      { eventType: "address.pool-filling", status: "success", percent: "95" },
      { eventType: "address.pool-exhausted", status: "failure", percent: null },
    ]);
  });

  it("is reported once when its use passes 80 % and once at 95 %, and again only after it was well below", async () => {
    const { poolId } = await plantPool(world.database.sql, "10.31.0.0/25");
    const devices = await plantDevices(world.database.sql, 125);
    await all(poolId, devices.slice(0, 99));
    expect(await audited(poolId)).toEqual([]);
    await all(poolId, devices.slice(99));
    const percents = async () => (await audited(poolId)).map(({ percent }) => percent);
    expect(await percents()).toEqual(["80", "95"]);
    await world.database.sql`update ip_free set usable_at = now() where pool_id = ${poolId}`;
    await take.execute(world.system, { deviceIds: devices.slice(0, 3) });
    await world.database.sql`update ip_free set usable_at = now() where pool_id = ${poolId}`;
    await all(poolId, devices.slice(0, 3));
    expect(await percents()).toEqual(["80", "95"]);
    await take.execute(world.system, { deviceIds: devices.slice(0, 60) });
    expect(await poolNow(poolId)).toMatchObject({ alertLevel: 0, used: 65, capacity: 125, percent: 52 });
    await world.database.sql`update ip_free set usable_at = now() where pool_id = ${poolId}`;
    await all(poolId, devices.slice(0, 40));
    expect(await percents()).toEqual(["80", "95", "80"]);
  });

  it("grows from where it starts, the broadcast address becoming an ordinary one, and shrinks around what is in use", async () => {
    const { poolId, gatewayId } = await plantPool(world.database.sql, "10.32.0.0/29");
    const devices = await plantDevices(world.database.sql, 7);
    await all(poolId, devices.slice(0, 5));
    const caller = await update();
    const grown = await pools.resize.execute(caller, { id: poolId, prefix: 28 });
    expect(grown).toMatchObject({ cidr: "10.32.0.0/28", capacity: 13, used: 5 });
    await all(poolId, devices.slice(5));
    const page = await addresses.list.execute(caller, ListAllocations.parse({ pool: poolId, sort: "address" }));
    expect(page.rows.slice(-2).map(({ address }) => address)).toEqual(["10.32.0.7", "10.32.0.8"]);
    await expect(pools.resize.execute(caller, { id: poolId, prefix: 29 })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(
        /^10\.32\.0\.7 \(bulk-[67]\) and 1 more would be outside of 10\.32\.0\.0\/29\. Assign other addresses first\.$/,
      ),
    });
    await take.execute(world.system, { deviceIds: devices.slice(5) });
    expect(await pools.resize.execute(caller, { id: poolId, prefix: 29 })).toMatchObject({ capacity: 5, used: 5 });
    const [gateway] = await world.database.sql`select vpn_cidr from gateways where id = ${gatewayId}`;
    expect(gateway).toEqual({ vpnCidr: "10.32.0.0/29" });
  });

  it("does not grow over another gateway's tunnels or networks, nor to where it would start elsewhere", async () => {
    const { poolId } = await plantPool(world.database.sql, "10.33.0.0/24");
    await plantPool(world.database.sql, "10.33.1.0/24");
    const caller = await update();
    await expect(pools.resize.execute(caller, { id: poolId, prefix: 23 })).rejects.toMatchObject({
      code: "network-overlap",
      message:
        "10.33.0.0/23 overlaps 10.33.1.0/24, the tunnels of the gateway gw-10.33.1.0/24. Choose a network outside of it, or change that gateway first.",
    });
    const { poolId: odd, gatewayId } = await plantPool(world.database.sql, "10.33.3.0/24");
    await expect(pools.resize.execute(caller, { id: odd, prefix: 23 })).rejects.toMatchObject({ code: "invalid" });
    await world.database.sql`insert into gateway_networks (gateway_id, network) values (${gatewayId}, '10.33.4.0/24')`;
    const { poolId: third } = await plantPool(world.database.sql, "10.33.6.0/24");
    await expect(pools.resize.execute(caller, { id: third, prefix: 22 })).rejects.toMatchObject({ code: "invalid" });
  });

  it("keeps a reserved range for assignment by hand, and hands it out once it is not reserved any more", async () => {
    const { poolId } = await plantPool(world.database.sql, "10.34.0.0/28");
    const devices = await plantDevices(world.database.sql, 8);
    const [server] = devices;
    const caller = await update();
    const reserved = await pools.reserve.execute(caller, { id: poolId, range: "10.34.0.0/29" });
    expect(reserved).toMatchObject({ capacity: 7, reserved: ["10.34.0.0/29"] });
    expect(await all(poolId, devices.slice(1, 2))).toMatchObject([{ address: "10.34.0.8" }]);
    if (!server) throw new Error("no device");
    await addresses.assign.execute(caller, { id: poolId, deviceId: server, address: "10.34.0.4" });
    expect(await poolNow(poolId)).toMatchObject({ used: 1 });
    for (const [range, words] of [
      ["10.34.0.4/30", "overlaps 10.34.0.0/29"],
      ["10.35.0.0/30", "not inside of 10.34.0.0/28"],
      ["10.34.0.8/32", "In use: 10.34.0.8 (bulk-2)"],
    ] as const) {
      await expect(pools.reserve.execute(caller, { id: poolId, range })).rejects.toMatchObject({
        code: "conflict",
        message: expect.stringContaining(words),
      });
    }
    const open = await pools.unreserve.execute(caller, { id: poolId, range: "10.34.0.0/29" });
    expect(open).toMatchObject({ capacity: 13, used: 2, reserved: [] });
    const got = await all(poolId, devices.slice(2, 8));
    expect(got.map(({ address }) => address)).toEqual(
      expect.arrayContaining(["10.34.0.2", "10.34.0.3", "10.34.0.5", "10.34.0.6", "10.34.0.7", "10.34.0.9"]),
    );
  });
});

describe("an address assigned by hand", () => {
  it("replaces the one the device has, and its tunnel follows", async () => {
    const { poolId, gatewayId } = await plantPool(world.database.sql, "10.36.0.0/24");
    const [device, other] = await plantDevices(world.database.sql, 2);
    if (!device || !other) throw new Error("no devices");
    await all(poolId, [device, other]);
    await world.database.sql`
      insert into wireguard_peers (device_id, gateway_id, public_key, assigned_ip)
      values (${device}, ${gatewayId}, ${`${"A".repeat(42)}E=`}, '10.36.0.2')`;
    const caller = await update();
    const assigned = await addresses.assign.execute(caller, { id: poolId, deviceId: device, address: "10.36.0.77" });
    expect(assigned).toMatchObject({ address: "10.36.0.77", status: "static", releasedAt: null });
    const [peer] = await world.database
      .sql`select host(assigned_ip) as ip from wireguard_peers where device_id = ${device}`;
    expect(peer).toEqual({ ip: "10.36.0.77" });
    const before = await addresses.holders.execute(caller, AskHolder.parse({ address: "10.36.0.2" }));
    expect(before).toEqual([]);
    await expect(
      addresses.assign.execute(caller, { id: poolId, deviceId: other, address: "10.36.0.77" }),
    ).rejects.toMatchObject({ code: "conflict", fields: { address: expect.stringContaining("belongs to another") } });
    for (const address of ["10.36.0.0", "10.36.0.1", "10.36.0.255", "10.37.0.1", "fd00::1"]) {
      const refused = addresses.assign.execute(caller, { id: poolId, deviceId: other, address });
      await expect(refused).rejects.toMatchObject({ code: "conflict" });
    }
    await expect(addresses.releaseOne.execute(caller, { id: assigned.id })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("has a tunnel with 10.36.0.77"),
    });
    await world.database.sql`update wireguard_peers set state = 'superseded' where device_id = ${device}`;
    expect((await addresses.releaseOne.execute(caller, { id: assigned.id })).releasedAt).not.toBeNull();
    await expect(addresses.releaseOne.execute(caller, { id: assigned.id })).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("the history", () => {
  it("says who had an address at any moment, and who has it now", async () => {
    const { poolId } = await plantPool(world.database.sql, "10.38.0.0/30");
    const [first, second] = await plantDevices(world.database.sql, 2);
    if (!first || !second) throw new Error("no devices");
    const moments = [new Date()];
    for (const device of [first, second]) {
      await all(poolId, [device]);
      moments.push(new Date(Date.now() + 2));
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (device === second) break;
      await take.execute(world.system, { deviceIds: [device] });
      await world.database.sql`update ip_free set usable_at = now() where pool_id = ${poolId}`;
    }
    const caller = await world.as("address.read");
    const who = async (at?: Date) =>
      (await addresses.holders.execute(caller, AskHolder.parse({ address: "10.38.0.2", at }))).map(
        ({ deviceId }) => deviceId,
      );
    expect([await who(moments[0]), await who(moments[1]), await who(moments[2]), await who()]).toEqual([
      [],
      [first],
      [second],
      [second],
    ]);
  });

  it("is found by address, by network, by device and by pool", async () => {
    const { poolId } = await plantPool(world.database.sql, "10.39.0.0/24");
    const devices = await plantDevices(world.database.sql, 3);
    await all(poolId, devices);
    const caller = await world.as("address.read");
    const totals = await Promise.all(
      ["10.39.0.3", "10.39.", "10.39.0.0/30", "no such device"].map(
        async (q) => (await addresses.list.execute(caller, ListAllocations.parse({ q }))).total,
      ),
    );
    expect(totals).toEqual([1, 3, 2, 0]);
    const [device] = devices;
    const own = await addresses.list.execute(caller, ListAllocations.parse({ device, state: "live" }));
    expect(own.rows).toMatchObject([{ deviceId: device, poolCidr: "10.39.0.0/24" }]);
    const page = await pools.list.execute(caller, ListPools.parse({ q: "10.39.", size: 1 }));
    expect(page).toMatchObject({ total: 1, rows: [{ used: 3, capacity: 253, percent: 1, family: 4 }] });
  });
});
