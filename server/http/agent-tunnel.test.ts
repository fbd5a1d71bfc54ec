import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { DeviceTunnel } from "@/server/modules/tunnels/schema";
import { ask } from "@/server/testing/agent-answer";
import * as factories from "@/server/testing/factories";
import { gateway, type TestGateway, wireguardKey } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let gw: TestGateway;
let device: factories.TestDevice;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  await world.database.sql`update gateways set is_active = false`;
  gw = await gateway(world.database);
  device = await factories.device();
});

const bootId = "boot-1";

const isPresent = async () =>
  (await world.database.sql`select from gateways where id = ${gw.id} and last_sync_at is not null`).length === 1;

/** The gateway asks for its state, which puts on record that it is there, and applies it. */
async function apply(): Promise<void> {
  const etag = (await gw.get("/state")).headers.get("etag") ?? "";
  await gw.post("/status", { etag: etag.slice(1, -1), outcome: "applied", error: null, bootId });
  await gw.get("/state", { "if-none-match": etag });
  await expect.poll(isPresent, { timeout: 5000 }).toBe(true);
}

async function offer(): Promise<{ tunnel: DeviceTunnel; seconds: number }> {
  const begun = performance.now();
  const body = { publicKey: wireguardKey() };
  const answer = await ask(device.client.request("PUT", "/tunnel", { body }));
  return { tunnel: answer.read(DeviceTunnel), seconds: (performance.now() - begun) / 1000 };
}

it("a device is told its tunnel once the gateway lets it in, so that it need not knock twice", async () => {
  await apply();
  const applied = sleep(500).then(apply);
  const { tunnel, seconds } = await offer();
  expect(seconds).toBeGreaterThan(0.5);
  expect(seconds).toBeLessThan(2.5);
  await applied;
  expect((await gw.get("/state")).text).toContain(tunnel.publicKey);
});

it("a device does not wait for a gateway that is away, and for one that is slow three seconds", async () => {
  expect((await offer()).seconds).toBeLessThan(2.5);
  await apply();
  const { seconds } = await offer();
  expect(seconds).toBeGreaterThan(2.9);
});
