import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { EnrolResult, KeyRotationResult } from "@/server/modules/agents/schema";
import * as lifecycle from "@/server/modules/devices/lifecycle.service";
import { ask, refusal } from "@/server/testing/agent-answer";
import { DeviceClient, type DeviceKeys, newDeviceKeys } from "@/server/testing/device-client";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let old: DeviceClient;
let id: factories.TestDevice["id"];
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  ({ client: old, id } = await factories.device());
});

const announce = (client: DeviceClient, next: DeviceKeys, body: object = {}) =>
  ask(client.request("POST", "/keys", { body: { jwk: next.jwk, reason: "manual", ...body }, alsoSignedBy: next }));
const self = (keys: DeviceKeys) => ask(new DeviceClient(keys).request("GET", "/self"));

const keysOf = async () =>
  Object.fromEntries(
    (
      await world.database.sql<{ thumbprint: string; status: string }[]>`
        select thumbprint, status from device_keys where device_id = ${id}`
    ).map(({ thumbprint, status }) => [thumbprint, status]),
  );

async function eventsOf(event: string) {
  return world.database.sql`
    select actor_device_id, changes, metadata from audit_logs where event_type = ${event} and entity_id = ${id}`;
}

describe("a rotation", () => {
  it("is signed by both keys, answers with the new one, and is audited with both", async () => {
    const next = newDeviceKeys("P-256");
    const answer = await announce(old, next);
    expect(answer).toMatchObject({ status: 200, isSigned: true });
    const result = answer.read(KeyRotationResult);
    expect(result).toMatchObject({ key: { kid: next.kid }, previous: { kid: old.keys.kid } });
    expect(Date.parse(result.key.rotateAfter)).toBeGreaterThan(Date.now() + 170 * 86_400_000);
    const changes = { before: { key: old.keys.kid }, after: { key: next.kid } };
    const event = { actorDeviceId: id, changes, metadata: { reason: "manual" } };
    expect(await eventsOf("device-key.rotated")).toEqual([event]);
  });

  it("leaves the old key working until the new one is first used, and not a request longer", async () => {
    const next = newDeviceKeys();
    await announce(old, next);
    expect((await self(old.keys)).status).toBe(200);
    expect((await self(old.keys)).read(EnrolResult).deviceId).toBe(id);
    expect((await self(next)).read(EnrolResult)).toMatchObject({ deviceId: id, key: { kid: next.kid } });
    expect(await self(old.keys)).toMatchObject(refusal(409, "key-revoked"));
    expect(await keysOf()).toEqual({ [old.keys.kid]: "revoked", [next.kid]: "active" });
    expect((await self(next)).status).toBe(200);
  });

  it("whose new key is never used ends after a day all the same", async () => {
    await announce(old, newDeviceKeys());
    await world.database.sql`update device_keys set retires_at = now() where thumbprint = ${old.keys.kid}`;
    expect(await self(old.keys)).toMatchObject(refusal(409, "key-revoked"));
  });

  it("whose answer was lost gives it again when asked again", async () => {
    const next = newDeviceKeys();
    const lost = await announce(old, next);
    const again = await announce(old, next);
    expect(again).toMatchObject({ status: 200, text: lost.text });
    expect(await keysOf()).toEqual({ [old.keys.kid]: "retiring", [next.kid]: "active" });
    expect(await eventsOf("device-key.rotated")).toHaveLength(1);
    expect((await self(next)).status).toBe(200);
  });

  it("whose new key was lost before its first use can be done again with another", async () => {
    const [lost, next] = [newDeviceKeys(), newDeviceKeys()];
    await announce(old, lost);
    expect((await announce(old, next)).status).toBe(200);
    expect(await keysOf()).toEqual({ [old.keys.kid]: "retiring", [lost.kid]: "revoked", [next.kid]: "active" });
    expect(await self(lost)).toMatchObject(refusal(409, "key-revoked"));
    expect((await self(next)).status).toBe(200);
    expect(await self(old.keys)).toMatchObject(refusal(409, "key-revoked"));
  });

  it("may follow another at once: only the newest key is left", async () => {
    const chain = Array.from({ length: 4 }, () => newDeviceKeys());
    let current = old;
    for (const next of chain) {
      expect((await announce(current, next)).status).toBe(200);
      current = new DeviceClient(next);
    }
    expect((await self(current.keys)).status).toBe(200);
    const statuses = Object.values(await keysOf());
    expect(statuses.filter((status) => status === "active")).toHaveLength(1);
    expect(statuses.filter((status) => status === "revoked")).toHaveLength(4);
  });

  it("at the same moment by two processes ends with one active key and a device that can speak", async () => {
    const rivals = [newDeviceKeys(), newDeviceKeys()];
    const answers = await Promise.all(rivals.map((next) => announce(old, next)));
    expect(answers.every(({ status }) => status < 500)).toBe(true);
    const active = Object.entries(await keysOf()).filter(([, status]) => status === "active");
    expect(active).toHaveLength(1);
    const holder = rivals.find(({ kid }) => kid === active[0]?.[0]);
    expect(holder && (await self(holder)).status).toBe(200);
  });
});

describe("a new key", () => {
  it("must be new: another device's, a revoked one and the old one itself are refused, and nothing changes", async () => {
    const other = await factories.device();
    const gone = newDeviceKeys();
    await announce(old, gone);
    const next = newDeviceKeys();
    await announce(old, next);
    await self(next);
    const current = new DeviceClient(next);
    const before = await keysOf();
    expect(await announce(current, other.client.keys)).toMatchObject(refusal(409, "key-in-use"));
    expect(await announce(current, gone)).toMatchObject(refusal(409, "key-revoked"));
    expect(await announce(current, old.keys)).toMatchObject(refusal(409, "key-revoked"));
    expect(await announce(current, next)).toMatchObject(refusal(401, "signature-invalid"));
    expect(await keysOf()).toEqual(before);
    expect((await ask(other.client.request("GET", "/self"))).status).toBe(200);
  });

  it("must be the one that signs beside the old", async () => {
    const [next, other] = [newDeviceKeys(), newDeviceKeys()];
    expect(await announce(old, next, { jwk: other.jwk })).toMatchObject(refusal(401, "signature-invalid"));
    const unproven = { ...next, privateKey: other.privateKey };
    expect(await announce(old, unproven)).toMatchObject(refusal(401, "signature-invalid"));
    expect(await keysOf()).toEqual({ [old.keys.kid]: "active" });
  });

  it("with its private part is refused, and the audit log says so without it", async () => {
    const next = newDeviceKeys();
    const { d } = next.privateKey.export({ format: "jwk" });
    const answer = await announce(old, next, { jwk: { ...next.jwk, d } });
    expect(answer).toMatchObject(refusal(400, "private-key-exposed"));
    expect(await keysOf()).toEqual({ [old.keys.kid]: "active" });
    const audited = await eventsOf("device-key.exposed");
    expect(audited).toHaveLength(1);
    expect(JSON.stringify(audited)).not.toContain(d);
  });

  it("with its private part says nothing in the name of a device that did not sign", async () => {
    const [next, thief] = [newDeviceKeys(), newDeviceKeys()];
    const { d } = next.privateKey.export({ format: "jwk" });
    const forged = new DeviceClient({ ...thief, kid: old.keys.kid });
    const answer = await announce(forged, next, { jwk: { ...next.jwk, d } });
    expect([400, 401]).toContain(answer.status);
    expect(await eventsOf("device-key.exposed")).toHaveLength(0);
  });
});

it("asks for a rotation at check-in once the key is old, and not before", async () => {
  const directives = async () => (await (await old.checkIn()).json()).directives;
  expect(await directives()).toEqual([]);
  await world.database.sql`update device_keys set rotate_after = now() where thumbprint = ${old.keys.kid}`;
  expect(await directives()).toEqual([{ type: "rotate-key" }]);
});

it("ends every key with the device: old, new and retiring", async () => {
  const next = newDeviceKeys();
  await announce(old, next);
  await lifecycle.revoke.execute(world.system, { id });
  for (const keys of [old.keys, next]) expect(await self(keys)).toMatchObject(refusal(410, "device-retired"));
  expect(new Set(Object.values(await keysOf()))).toEqual(new Set(["revoked"]));
});
