import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Caller } from "@/server/core/operation";
import * as addresses from "@/server/modules/addresses/service";
import * as lifecycle from "@/server/modules/devices/lifecycle.service";
import * as devices from "@/server/modules/devices/service";
import { ask, refusal } from "@/server/testing/agent-answer";
import * as factories from "@/server/testing/factories";
import { gateway, type TestGateway, wireguardKey } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";
import * as tunnels from "./service";

let world: World;
let admin: Caller;
let gw: TestGateway;
beforeAll(async () => {
  world = await createWorld();
  admin = await world.asRole("admin");
});
afterAll(() => world.end());
beforeEach(async () => {
  gw = await gateway(world.database);
});
// A device that offers a key is given to the gateway with the most room, which must not be that of another test.
afterEach(async () => {
  await world.database.sql`update gateways set deleted_at = now()`;
});

const { system } = factories;

/** A device with a tunnel, and the one that enrolled later on the same hardware, without one. */
async function reinstalled(lifetimeDays: number | null = null) {
  const hardwareUuid = randomUUID();
  const old = await factories.device({ hardwareUuid });
  const input = { deviceId: old.id, gatewayId: gw.id, publicKey: wireguardKey(), lifetimeDays };
  const { tunnel } = await tunnels.create.execute(system, input);
  const fresh = await factories.device({ hardwareUuid });
  return { old, fresh, tunnel };
}

const supersede = (id: factories.TestDevice["id"]) => devices.supersede.execute(admin, { id });

/** How the agent of a device is answered when it offers a key. */
const offer = async (device: factories.TestDevice, publicKey = wireguardKey()): Promise<number> =>
  (await device.client.send("PUT", "/tunnel", { body: { publicKey } })).status;

const held = async (deviceId: string): Promise<string[]> => {
  const rows = await world.database.sql<{ address: string }[]>`
    select host(address) as address from ip_allocations
     where device_id = ${deviceId} and released_at is null order by family(address)`;
  return rows.map(({ address }) => address);
};
const peers = (deviceId: string) =>
  world.database.sql<{ state: string; publicKey: string; assignedIp: string; notAfter: Date | null }[]>`
    select state, public_key, assigned_ip, not_after from wireguard_peers where device_id = ${deviceId}`;

describe("the tunnel of a device whose place another takes", () => {
  it("goes on with its addresses under the successor's own key, and the old key is over", async () => {
    const { old, fresh, tunnel } = await reinstalled();
    await supersede(fresh.id);
    expect(await held(fresh.id)).toEqual(tunnel.addresses);
    expect(await held(old.id)).toEqual([]);
    expect(await peers(old.id)).toMatchObject([{ state: "revoked" }]);
    // Another gateway has more room by now.
    await gateway(world.database);
    const publicKey = wireguardKey();
    expect(await offer(fresh, publicKey)).toBe(200);
    expect(await peers(fresh.id)).toMatchObject([
      { state: "active", publicKey, assignedIp: tunnel.addresses[0], notAfter: null },
    ]);
    expect(await held(fresh.id)).toEqual(tunnel.addresses);
    const again = await ask(fresh.client.request("PUT", "/tunnel", { body: { publicKey: tunnel.publicKey } }));
    expect(again).toMatchObject(refusal(409, "key-in-use"));
  });

  it("leaves no moment without an owner in the history, and nobody else gets the address", async () => {
    const { old, fresh, tunnel } = await reinstalled();
    await supersede(fresh.id);
    const [address = ""] = tunnel.addresses;
    const rows = await world.database.sql`
      select device_id, allocated_at, released_at from ip_allocations where address = ${address}::inet order by allocated_at`;
    expect(rows).toMatchObject([{ deviceId: old.id }, { deviceId: fresh.id, releasedAt: null }]);
    expect(rows[0]?.releasedAt).toEqual(rows[1]?.allocatedAt);
    expect(await world.database.sql`select 1 from ip_free where address = ${address}::inet`).toHaveLength(0);
    const [pool] = await world.database.sql`select used from ip_pools where gateway_id = ${gw.id} and family = 4`;
    expect(Number(pool?.used)).toBe(1);
    const now = await addresses.holders.execute(admin, { address });
    expect(now.map(({ deviceId }) => deviceId)).toEqual([fresh.id]);
  });

  it("moves to a successor that has a tunnel already, whose own addresses rest from then on", async () => {
    const { fresh, tunnel } = await reinstalled(30);
    const input = { deviceId: fresh.id, gatewayId: gw.id, publicKey: wireguardKey(), lifetimeDays: null };
    const { tunnel: own } = await tunnels.create.execute(system, input);
    await supersede(fresh.id);
    expect(await held(fresh.id)).toEqual(tunnel.addresses);
    expect(await peers(fresh.id)).toMatchObject([
      { state: "active", publicKey: input.publicKey, assignedIp: tunnel.addresses[0], notAfter: tunnel.notAfter },
    ]);
    const [resting] = await world.database.sql`
      select usable_at > now() + interval '23 hours' as rests from ip_free where address = ${own.addresses[0] ?? ""}::inet`;
    expect(resting?.rests).toBe(true);
  });

  it("ends when it would have ended, also under the successor's key", async () => {
    const { fresh, tunnel } = await reinstalled(7);
    await supersede(fresh.id);
    await offer(fresh);
    expect(await peers(fresh.id)).toMatchObject([{ state: "active", notAfter: tunnel.notAfter }]);
  });

  it("is one device's, however often the place is taken and addresses are asked for at the same moment", async () => {
    for (let round = 0; round < 3; round += 1) {
      const { old, fresh, tunnel } = await reinstalled();
      const others = await Promise.all([factories.device(), factories.device()]);
      const outcomes = await Promise.allSettled([
        supersede(fresh.id),
        supersede(fresh.id),
        offer(old),
        offer(fresh),
        ...others.map((device) => offer(device)),
      ]);
      expect(outcomes.slice(0, 2).map(({ status }) => status)).toContain("fulfilled");
      await offer(fresh);
      expect(await held(old.id)).toEqual([]);
      expect(await held(fresh.id)).toEqual(tunnel.addresses);
      expect((await peers(fresh.id)).filter(({ state }) => state === "active")).toMatchObject([
        { assignedIp: tunnel.addresses[0] },
      ]);
    }
  }, 60_000);

  it("keeps nothing for a successor that is rejected after all", async () => {
    const { fresh } = await reinstalled();
    await supersede(fresh.id);
    await lifecycle.revoke.execute(system, { id: fresh.id });
    expect(await held(fresh.id)).toEqual([]);
  });
});
