import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as lifecycle from "@/server/modules/devices/lifecycle.service";
import * as overview from "@/server/modules/overview/service";
import { system } from "@/server/testing/factories";
import { gateway, type TestGateway } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";
import { noteHeard, sweepPresence } from "./presence.service";
import * as gateways from "./service";

let world: World;
let gw: TestGateway;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  gw = await gateway(world.database);
  await world.database.sql`update devices set created_at = now() - interval '1 day' where id = ${gw.deviceId}`;
});

const sweep = () => sweepPresence.execute(system, undefined);
const isSilentFor = (seconds: number) =>
  world.database.sql`
    update gateways set last_sync_at = now() - make_interval(secs => ${seconds}) where id = ${gw.id}`;
const events = async () =>
  (
    await world.database.sql`
      select event_type, actor_kind from audit_logs
       where entity_id = ${gw.id} and event_type in ('gateway.offline', 'gateway.online') order by sequence`
  ).map(({ eventType, actorKind }) => `${eventType} by ${actorKind}`);
const offline = "gateway.offline by system";
const online = "gateway.online by system";

describe("a gateway", () => {
  it("that falls silent is on record as offline once, however many look and how often", async () => {
    await isSilentFor(91);
    await Promise.all(Array.from({ length: 8 }, sweep));
    await sweep();
    expect(await events()).toEqual([offline]);
    expect((await gateways.get.execute(system, { id: gw.id })).state).toBe("offline");
  });

  it("is online again at its next request, on record once however many come at once", async () => {
    await isSilentFor(91);
    await sweep();
    const answers = await Promise.all(Array.from({ length: 6 }, () => gw.get("/state")));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await expect.poll(events, { timeout: 5000 }).toEqual([offline, online]);
    await sweep();
    expect(await events()).toEqual([offline, online]);
    await isSilentFor(91);
    await sweep();
    expect(await events()).toEqual([offline, online, offline]);
  });

  it("is back on record once, whichever of several replicas hears of it first", async () => {
    for (let round = 0; round < 10; round += 1) {
      await isSilentFor(91);
      await sweep();
      await Promise.all(Array.from({ length: 8 }, () => noteHeard.execute(system, [gw.id])));
    }
    expect(await events()).toEqual(Array.from({ length: 10 }, () => [offline, online]).flat());
  });

  it("that was heard of lately, or not at all yet, is not missed", async () => {
    await sweep();
    await gw.get("/state");
    await isSilentFor(80);
    await sweep();
    expect(await events()).toEqual([]);
  });

  it("whose machine is over is not missed, nor its successor before it was heard of", async () => {
    await isSilentFor(3600);
    await lifecycle.revoke.execute(system, { id: gw.deviceId });
    await sweep();
    await world.database.sql`update devices set status = 'active', created_at = now() where id = ${gw.deviceId}`;
    await sweep();
    expect(await events()).toEqual([]);
  });
});

it("the overview counts the gateways that are offline and in error", async () => {
  await world.database.sql`update gateways set deleted_at = now() where id <> ${gw.id}`;
  const counted = async () => (await overview.get.execute(system, undefined)).gateways;
  await isSilentFor(91);
  expect(await counted()).toEqual({ total: 1, offline: 1, error: 0 });
  await gw.get("/state");
  await expect.poll(counted, { timeout: 5000 }).toMatchObject({ offline: 0 });
  await gw.post("/status", { etag: "a".repeat(64), outcome: "failed", error: "nft: no", bootId: "boot-1" });
  expect(await counted()).toEqual({ total: 1, offline: 0, error: 1 });
});
