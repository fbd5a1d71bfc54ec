import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CheckInResult } from "@/server/modules/agents/schema";
import * as lifecycle from "@/server/modules/devices/lifecycle.service";
import { type AgentAnswer, ask, enrolment, refusal } from "@/server/testing/agent-answer";
import { DeviceClient } from "@/server/testing/device-client";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let client: DeviceClient;
let id: factories.TestDevice["id"];
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  ({ client, id } = await factories.device());
});

function checkIn(instanceId: string, version = "1.0.0", appliedEtag: string | null = null): Promise<AgentAnswer> {
  const agent = { version, os: "linux", arch: "amd64" };
  const body = { instanceId, bootId: "boot-1", agent, factsHash: {}, appliedEtag };
  return ask(client.request("POST", "/checkins", { body }));
}

async function state() {
  const [row] = await world.database.sql`
    select recent_instance_ids, clone_flips, app_version, last_seen_at from devices where id = ${id}`;
  return row;
}

const suspicions = async () =>
  (
    await world.database.sql`
      select metadata from audit_logs where event_type = 'device.clone-suspected' and entity_id = ${id}`
  ).length;

describe("a check-in", () => {
  it("says when it is now, when to come back and that nothing else is to be done", async () => {
    const answer = await checkIn("instance-1");
    expect(answer).toMatchObject({ status: 200, isSigned: true });
    const result = answer.read(CheckInResult);
    expect(result).toMatchObject({ status: "active", directives: [], wantFacts: [] });
    expect(Math.abs(result.serverTime - Date.now() / 1000)).toBeLessThan(5);
  });

  it("is written down at most once a minute unless it says something new", async () => {
    await checkIn("instance-1");
    const first = await state();
    await checkIn("instance-1");
    expect(await state()).toEqual(first);
    await checkIn("instance-1", "1.0.1");
    expect(await state()).toMatchObject({ appVersion: "1.0.1" });
  });

  it("that says nothing new after more than a minute is noted, with the key it came with", async () => {
    const { desiredEtag } = (await checkIn("instance-1")).read(CheckInResult);
    await checkIn("instance-1", "1.0.0", desiredEtag);
    await world.database.sql`
      with silent as (update devices set last_seen_at = now() - interval '61 seconds' where id = ${id})
      update device_keys set last_used_at = null where device_id = ${id}`;
    expect((await checkIn("instance-1", "1.0.0", desiredEtag)).status).toBe(200);
    const isNoted = async () =>
      (
        await world.database.sql`
          select from devices d join device_keys k on k.device_id = d.id
           where d.id = ${id} and d.last_seen_at > now() - interval '1 minute' and k.last_used_at = d.last_seen_at`
      ).length === 1;
    await expect.poll(isNoted, { timeout: 5000 }).toBe(true);
  });

  it("of an agent below the least we serve is refused with 426, and so is its enrolment", async () => {
    for (const version of ["0.0.9", "0.0.99-beta.1"]) {
      expect(await checkIn("instance-1", version)).toMatchObject(refusal(426, "agent-too-old"));
    }
    for (const version of ["0.1.0", "0.10.0", "10.0.0", "0.1.0+build"]) {
      expect((await checkIn("instance-1", version)).status).toBe(200);
    }
    const token = await factories.enrolmentToken();
    const agent = { version: "0.0.9", os: "linux", arch: "amd64" };
    const old = await ask(enrolment(new DeviceClient(), token.secret, { agent }));
    expect(old).toMatchObject(refusal(426, "agent-too-old"));
    expect((await ask(enrolment(new DeviceClient(), token.secret))).status).toBe(201);
  });
});

describe("two processes with one key", () => {
  it("raise one suspicion, once, and a release from quarantine starts afresh", async () => {
    for (const instance of ["aaaa", "bbbb", "aaaa"]) await checkIn(instance);
    expect(await suspicions()).toBe(0);
    for (const instance of ["bbbb", "aaaa", "bbbb", "aaaa"]) await checkIn(instance);
    expect(await suspicions()).toBe(1);
    await lifecycle.quarantine.execute(world.system, { id });
    await lifecycle.release.execute(world.system, { id });
    expect(await state()).toMatchObject({ recentInstanceIds: [], cloneFlips: 0 });
    for (const instance of ["aaaa", "bbbb", "aaaa", "bbbb"]) await checkIn(instance);
    expect(await suspicions()).toBe(2);
  });

  it("are noticed although their check-ins arrive together", async () => {
    const instances = ["aaaa", "bbbb", "cccc", "dddd", "eeee", "ffff"];
    await Promise.all(instances.map((instance) => checkIn(instance)));
    expect((await state())?.recentInstanceIds).toEqual(expect.arrayContaining(instances));
    await Promise.all(instances.map((instance) => checkIn(instance)));
    expect((await state())?.cloneFlips).toBeGreaterThanOrEqual(5);
    expect(await suspicions()).toBe(1);
  });
});

it("does not take restarts and lost answers for a clone", async () => {
  for (let restart = 1; restart <= 12; restart += 1) {
    for (let repeat = 0; repeat < 2; repeat += 1) await checkIn(`process-${restart}`);
  }
  expect(await state()).toMatchObject({ cloneFlips: 0 });
  expect(await suspicions()).toBe(0);
});
