import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { restoreTunnel, rotateTunnelKey } from "@/agent/tunnel/keep-tunnel";
import { createTunnelKey, loadTunnelKey } from "@/agent/tunnel/tunnel-key";
import { TunnelId } from "@/server/core/ids";
import * as tunnels from "@/server/modules/tunnels/service";
import * as factories from "@/server/testing/factories";
import { gateway, wireguardKey } from "@/server/testing/network";
import { RecordedDevice } from "@/server/testing/recorded-device";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let recorded: RecordedDevice;
let asked: string[];
let device: RecordedDevice["device"];
let dir: string;
let id: RecordedDevice["id"];
let system: RecordedDevice["system"];
const { system: administrator } = factories;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

beforeEach(async () => {
  recorded = await RecordedDevice.enrol();
  ({ asked, device, dir, id, system } = recorded);
});
afterEach(() => recorded.dispose());

async function tunnelRow() {
  const [row] = await world.database.sql<{ id: string; key: string }[]>`
    select id, public_key as key from wireguard_peers where device_id = ${id} and state = 'active'`;
  return row;
}
const tunnelId = async () => TunnelId.parse((await tunnelRow())?.id);

describe("a rotation of the tunnel's key", () => {
  beforeEach(async () => {
    await gateway(world.database);
    await recorded.sync();
    system.done();
  });

  it("goes over to the new key without an interruption and destroys the old", async () => {
    const before = loadTunnelKey(dir, "current");
    expect(await rotateTunnelKey(recorded)).toBe(true);
    const after = loadTunnelKey(dir, "current");
    expect(after).not.toEqual(before);
    expect((await tunnelRow())?.key).toBe(after?.publicKey);
    expect(loadTunnelKey(dir, "next")).toBeUndefined();
    expect(system.done()).toEqual([
      `wg-quick strip ${recorded.interfaceName}.conf`,
      `wg syncconf ${recorded.interfaceName} stdin`,
    ]);
    expect(readFileSync(recorded.conf, "utf8")).toContain(String(after?.privateKey));
    expect(readFileSync(recorded.conf, "utf8")).not.toContain(String(before?.privateKey));
    await recorded.sync();
    expect(system.done()).toEqual([]);
  });

  it("is finished by the next round, whether the server had heard of the key or not", async () => {
    for (const isHeard of [false, true]) {
      const { publicKey } = createTunnelKey(dir, "next");
      if (isHeard) await device.api.call(device.signed("PUT", "/tunnel", { body: { publicKey } }));
      await recorded.sync();
      expect((await tunnelRow())?.key).toBe(publicKey);
      expect(loadTunnelKey(dir, "current")?.publicKey).toBe(publicKey);
      expect(loadTunnelKey(dir, "next")).toBeUndefined();
    }
  });

  it("cut short by a server that is away leaves the present key in use", async () => {
    const before = loadTunnelKey(dir, "current");
    recorded.isServerAway = true;
    await expect(rotateTunnelKey(recorded)).rejects.toThrow("does not answer");
    await restoreTunnel(recorded);
    expect(system.done()).toEqual([]);
    expect(loadTunnelKey(dir, "current")).toEqual(before);
  });

  it("begun anew when somebody else replaced the key: the machine's own agent has the last word", async () => {
    await tunnels.rotateKey.execute(administrator, { id: await tunnelId(), publicKey: wireguardKey() });
    await recorded.sync();
    expect((await tunnelRow())?.key).toBe(loadTunnelKey(dir, "current")?.publicKey);
    expect((await recorded.status()).isUp).toBe(true);
  });
});

it("a device without a tunnel has nothing to rotate", async () => {
  expect(await rotateTunnelKey(recorded)).toBe(false);
  expect(asked).toEqual([]);
});
