import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import { TunnelId } from "@/server/core/ids";
import type { Caller } from "@/server/core/operation";
import { stateAt } from "@/server/modules/gateways/kept-states.service";
import * as gateways from "@/server/modules/gateways/service";
import { GatewayState } from "@/server/modules/gateways/state.schema";
import * as factories from "@/server/testing/factories";
import { gateway, policy, type TestGateway, wireguardKey } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";
import * as own from "./own.service";
import { gatewaysOf, type IssuedTunnel } from "./schema";
import * as tunnels from "./service";

let world: World;
let berlin: TestGateway;
let paris: TestGateway;
let made = 0;
/** What is behind each of the two. */
let networks: readonly [berlin: string, paris: string];
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  made += 1;
  networks = [`10.${200 + made}.0.0/17`, `10.${200 + made}.128.0/17`];
  [berlin, paris] = [await gateway(world.database, [networks[0]]), await gateway(world.database, [networks[1]])];
});
afterEach(async () => {
  await world.database.sql`delete from policies`;
  await world.database.sql`update gateways set deleted_at = now()`;
});

const { system } = factories;
const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => "let in",
    (error) => toAppError(error).code,
  );
const create = (deviceId: factories.TestDevice["id"], to: TestGateway, publicKey?: string) =>
  tunnels.create.execute(system, { deviceId, gatewayId: to.id, publicKey, lifetimeDays: null });
const active = (deviceId: string) =>
  world.database.sql<{ id: string; publicKey: string; gatewayId: string }[]>`
    select id, public_key, gateway_id from wireguard_peers where device_id = ${deviceId} and state = 'active'
     order by began_at, gateway_id`;

/** A device with a tunnel to both, the first being its primary one. */
async function both(device?: factories.TestDevice) {
  const one = device ?? (await factories.device());
  const publicKey = wireguardKey();
  await create(one.id, berlin, publicKey);
  await create(one.id, paris);
  return { device: one, publicKey };
}

const routesIn = ({ profile }: Pick<IssuedTunnel, "profile">) =>
  gatewaysOf(profile).map(({ allowedIps }) => allowedIps);

describe("a device with tunnels to two gateways", () => {
  it("has one key, an address of each family at both, and a profile that leads each network to its gateway", async () => {
    for (const destination of networks) await policy(world.database, { destination });
    const device = await factories.device();
    const publicKey = wireguardKey();
    // Its first brings the other, behind which a policy opens something.
    const issued = await create(device.id, berlin, publicKey);
    expect(await active(device.id)).toMatchObject([
      { publicKey, gatewayId: berlin.id },
      { publicKey, gatewayId: paris.id },
    ]);
    expect(issued.profile.addresses).toHaveLength(4);
    const [first = [], second = []] = routesIn(issued);
    expect(first).toContain(networks[0]);
    expect(second).toContain(networks[1]);
    expect(first).not.toContain(networks[1]);
    const keys = [issued.presharedKey, ...(issued.profile.others ?? []).map(({ presharedKey }) => presharedKey)];
    expect(new Set(keys).size).toBe(2);
    expect(keys.every((key) => key?.length === 44)).toBe(true);
  });

  it("gets one more under the key it has, and under no other", async () => {
    const { device, publicKey } = await both();
    expect((await active(device.id)).map((peer) => peer.publicKey)).toEqual([publicKey, publicKey]);
    const third = await gateway(world.database);
    expect(await refusalOf(create(device.id, third, wireguardKey()))).toBe("conflict");
    expect(await refusalOf(create(device.id, paris))).toBe("conflict");
    expect(await refusalOf(create(device.id, third, publicKey))).toBe("let in");
    expect(await refusalOf(create((await factories.device()).id, third))).toBe("invalid");
  });

  it("gets one tunnel to each, however many ask for them at once", async () => {
    const device = await factories.device();
    await create(device.id, berlin, wireguardKey());
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => refusalOf(create(device.id, paris))));
    expect(outcomes.filter((outcome) => outcome === "let in")).toHaveLength(1);
    expect(await active(device.id)).toHaveLength(2);
  });

  it("keeps its key from every other device, and gets it back once no tunnel has it", async () => {
    const { device, publicKey } = await both();
    const other = await factories.device();
    expect(await refusalOf(create(other.id, paris, publicKey))).toBe("key-in-use");
    const [first, second] = await active(device.id);
    await tunnels.revoke.execute(system, { id: TunnelId.parse(second?.id) });
    // The other tunnel has it still, so it comes back there.
    expect(await refusalOf(create(device.id, paris))).toBe("let in");
    for (const { id } of await active(device.id)) await tunnels.revoke.execute(system, { id: TunnelId.parse(id) });
    expect(await refusalOf(create(device.id, berlin, publicKey))).toBe("key-in-use");
    expect(await refusalOf(create(other.id, berlin, publicKey))).toBe("key-in-use");
    expect(first?.publicKey).toBe(publicKey);
  });

  it("of devices that offer one key to different gateways at the same moment, one gets it", async () => {
    for (let round = 0; round < 3; round += 1) {
      const devices = await Promise.all(Array.from({ length: 4 }, () => factories.device()));
      const publicKey = wireguardKey();
      const outcomes = await Promise.all(
        devices.map(({ id }, at) => refusalOf(create(id, at % 2 === 0 ? berlin : paris, publicKey))),
      );
      expect(outcomes.filter((outcome) => outcome === "let in")).toHaveLength(1);
      expect(new Set(outcomes)).toEqual(new Set(["let in", "key-in-use"]));
    }
  });

  it("renews the key of both at once, keeps addresses and order, and the old one never comes back", async () => {
    const { device, publicKey: before } = await both();
    const [, second] = await active(device.id);
    const publicKey = wireguardKey();
    const issued = await tunnels.rotateKey.execute(system, { id: TunnelId.parse(second?.id), publicKey });
    expect(await active(device.id)).toMatchObject([
      { publicKey, gatewayId: berlin.id },
      { publicKey, gatewayId: paris.id },
    ]);
    expect(issued.profile.addresses).toHaveLength(4);
    expect(issued.profile.others?.[0]?.presharedKey).toHaveLength(44);
    expect(
      await refusalOf(tunnels.rotateKey.execute(system, { id: TunnelId.parse(issued.tunnel.id), publicKey: before })),
    ).toBe("key-in-use");
  });

  it("goes on through the one when the other is ended, and gets that one back from nobody but a person", async () => {
    await policy(world.database, { destination: networks[1] });
    const device = await factories.device();
    const offer = async (publicKey: string) => {
      const answer = await device.client.send("PUT", "/tunnel", { body: { publicKey } });
      return answer.json();
    };
    const publicKey = wireguardKey();
    await create(device.id, berlin, publicKey);
    const [, second] = await active(device.id);
    await tunnels.revoke.execute(system, { id: TunnelId.parse(second?.id) });
    expect(await offer(publicKey)).toMatchObject({ publicKey });
    expect(await active(device.id)).toMatchObject([{ gatewayId: berlin.id }]);
    await create(device.id, paris);
    expect(await active(device.id)).toHaveLength(2);
  });

  it("is told that one is missing, and gets it by offering its key again", async () => {
    const device = await factories.device();
    const publicKey = wireguardKey();
    await create(device.id, berlin, publicKey);
    const told = async () => (await device.client.send("GET", "/tunnel")).json();
    expect(await told()).not.toHaveProperty("isIncomplete");
    await policy(world.database, { destination: networks[1] });
    expect(await told()).toMatchObject({ isIncomplete: true });
    await device.client.send("PUT", "/tunnel", { body: { publicKey } });
    const after = await told();
    expect(after).not.toHaveProperty("isIncomplete");
    expect(after.profile.others).toMatchObject([{ presharedKey: expect.stringMatching(/^.{44}$/) }]);
  });

  it("is let in at both from all of its addresses, which a gateway forgets with the tunnel they are of", async () => {
    const { device } = await both();
    const peersAt = async ({ id }: TestGateway) => {
      const [row] = await world.database
        .sql`select desired_revision::float8 as revision from gateways where id = ${id}`;
      const { body } = await stateAt(system, { id, revision: row?.revision });
      return GatewayState.parse(JSON.parse(body.toString())).peers.map(({ allowedIps }) => allowedIps);
    };
    const [[atBerlin = []], [atParis = []]] = [await peersAt(berlin), await peersAt(paris)];
    expect(atBerlin).toHaveLength(4);
    expect(atParis.toSorted()).toEqual(atBerlin.toSorted());
    expect(atParis[0]).not.toBe(atBerlin[0]);
    const [first] = await active(device.id);
    await tunnels.revoke.execute(system, { id: TunnelId.parse(first?.id) });
    expect(await peersAt(berlin)).toEqual([]);
    expect(await peersAt(paris)).toEqual([atParis.slice(0, 2)]);
  });

  it("has what policies allow behind one in no state of the other", async () => {
    for (const destination of networks) await policy(world.database, { destination });
    await create((await factories.device()).id, berlin, wireguardKey());
    const rulesAt = async ({ id }: TestGateway) => {
      const [row] = await world.database
        .sql`select desired_revision::float8 as revision from gateways where id = ${id}`;
      const { body } = await stateAt(system, { id, revision: row?.revision });
      const { profiles } = GatewayState.parse(JSON.parse(body.toString()));
      return Object.values(profiles).flatMap((rules) => rules.map((rule) => rule.destination));
    };
    expect(await rulesAt(berlin)).toEqual([networks[0]]);
    expect(await rulesAt(paris)).toEqual([networks[1]]);
  });

  it("loses one with its gateway, and the other becomes the primary one", async () => {
    const { device } = await both();
    const [{ name } = { name: "" }] = await world.database.sql<{ name: string }[]>`
      select name from gateways where id = ${berlin.id}`;
    await gateways.remove.execute(system, { id: berlin.id, confirmation: name });
    const { tunnels: left, unreached } = await tunnels.ofDevice.execute(system, { deviceId: device.id });
    expect(left).toMatchObject([{ gatewayId: paris.id }]);
    expect(unreached).toEqual([]);
  });
});

describe("what none of its gateways reaches", () => {
  it("is told for the device, and goes to its primary one, where it is refused", async () => {
    await policy(world.database, { destination: "10.250.0.0/16" });
    const { device } = await both();
    const told = await tunnels.ofDevice.execute(system, { deviceId: device.id });
    expect(told.unreached).toEqual(["10.250.0.0/16"]);
    expect(told.tunnels.map(({ gatewayId }) => gatewayId)).toEqual([berlin.id, paris.id]);
  });
});

describe("one's own device", () => {
  let me: Caller;
  beforeEach(async () => {
    me = await world.asUser(await factories.user());
  });

  it("has a profile that is out of date once policies lead through another gateway, and a new one holds both", async () => {
    const input = { name: "Laptop", platform: "linux" as const, gatewayId: berlin.id, publicKey: wireguardKey() };
    const { tunnel } = await own.addDevice.execute(me, input);
    const mine = async () => (await own.mine.execute(me, undefined)).tunnels.map(({ isOutdated }) => isOutdated);
    expect(await mine()).toEqual([false]);
    await policy(world.database, { destination: networks[1] });
    expect(await mine()).toEqual([true]);
    const renewed = await own.renewKey.execute(me, { id: TunnelId.parse(tunnel.id), publicKey: wireguardKey() });
    expect(renewed.profile.others).toHaveLength(1);
    expect(await mine()).toEqual([false, false]);
  });

  it("is out of date as well when somebody adds a tunnel to it", async () => {
    const input = { name: "Laptop", platform: "linux" as const, gatewayId: berlin.id, publicKey: wireguardKey() };
    const { tunnel } = await own.addDevice.execute(me, input);
    await tunnels.create.execute(system, { deviceId: tunnel.deviceId, gatewayId: paris.id, lifetimeDays: null });
    const { tunnels: mine } = await own.mine.execute(me, undefined);
    expect(mine.find(({ id }) => id === tunnel.id)).toMatchObject({ isOutdated: true });
  });
});
