import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeviceStatus } from "@/db/enums";
import { deviceStatuses } from "@/db/enums";
import { desiredEtag } from "@/server/core/canonical-hash";
import { ask, refusal } from "@/server/testing/agent-answer";
import { type DeviceClient, newDeviceKeys } from "@/server/testing/device-client";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const agent = { version: "1.0.0", os: "linux", arch: "amd64" };

function reportBody() {
  return {
    // UUIDv7: version and variant are what the contract looks at.
    reportId: crypto.randomUUID().replace(/^(.{14})4/, "$17"),
    etag: desiredEtag({}),
    mode: "enforce",
    trigger: "manual",
    startedAt: new Date().toISOString(),
    durationMs: 5,
    agentVersion: "1.0.0",
    instanceId: "instance-1",
    summary: { compliant: 0, applied: 0, drifted: 0, failed: 0, skipped: 0 },
    items: [],
    compliant: [],
  };
}

type Send = (client: DeviceClient) => Request;

/** One correct request to every endpoint a device signs; leaving comes last, for it works only once. */
const endpoints: Record<string, Send> = {
  "GET /self": (client) => client.request("GET", "/self"),
  "POST /checkins": (client) => {
    const body = { instanceId: "instance-1", bootId: "boot-1", agent, factsHash: {}, appliedEtag: null };
    return client.request("POST", "/checkins", { body });
  },
  "GET /desired-state": (client) => client.request("GET", "/desired-state"),
  "POST /reports": (client) => client.request("POST", "/reports", { body: reportBody() }),
  "PUT /facts/users": (client) => client.request("PUT", "/facts/users", { body: { root: 0 } }),
  "POST /keys": (client) => {
    const next = newDeviceKeys();
    return client.request("POST", "/keys", { body: { jwk: next.jwk, reason: "manual" }, alsoSignedBy: next });
  },
  "DELETE /self": (client) => client.request("DELETE", "/self"),
};

type Expected = number | readonly [status: number, code: string];
const all = (expected: Expected) => Object.fromEntries(Object.keys(endpoints).map((name) => [name, expected]));

/** Status × endpoint: the status of the answer, with the code when it is a refusal. */
const table: Record<DeviceStatus, Record<string, Expected>> = {
  pending: { ...all([403, "device-pending"]), "GET /self": 200, "DELETE /self": 204 },
  active: { ...all(200), "DELETE /self": 204 },
  suspended: { ...all([403, "device-suspended"]), "GET /self": 200, "DELETE /self": 204 },
  quarantined: { ...all(200), "DELETE /self": 204 },
  rejected: all([409, "key-revoked"]),
  revoked: all([410, "device-retired"]),
  retired: all([410, "device-retired"]),
};

describe.each(deviceStatuses)("a device that is %s", (status) => {
  it("is answered on every endpoint as its state says, signed by the server", async () => {
    const { client } = await factories.device({ status });
    for (const [name, send] of Object.entries(endpoints)) {
      const expected = table[status][name];
      const wanted = typeof expected === "object" ? refusal(...expected) : { status: expected, isSigned: true };
      expect(await ask(send(client)), name).toMatchObject(wanted);
    }
  });

  it("changes nothing by a request that is refused", async () => {
    const { client, id } = await factories.device({ status });
    const { sql } = world.database;
    const state = async () =>
      (
        await sql`
          select row_to_json(d)::text as device, (select count(*)::int from device_facts where device_id = d.id) as facts,
                 (select count(*)::int from device_runs where device_id = d.id) as runs,
                 (select string_agg(k.thumbprint || k.status, ',' order by k.thumbprint) from device_keys k where k.device_id = d.id) as keys
            from devices d where id = ${id}`
      )[0];
    const before = await state();
    for (const [name, send] of Object.entries(endpoints)) {
      if (typeof table[status][name] === "object") await ask(send(client));
    }
    expect(await state()).toEqual(before);
  });
});

it("cuts a device off at its very next request", async () => {
  const { client, id } = await factories.device();
  expect((await ask(client.request("GET", "/self"))).status).toBe(200);
  await world.database.sql`update devices set status = 'revoked' where id = ${id}`;
  expect(await ask(client.request("GET", "/self"))).toMatchObject(refusal(410, "device-retired"));
});

it("ends a device's keys when it leaves: its history stays, its key never works again", async () => {
  const { client, id } = await factories.device();
  expect(await ask(client.request("DELETE", "/self"))).toMatchObject({ status: 204, text: "", isSigned: true });
  expect(await ask(client.request("DELETE", "/self"))).toMatchObject(refusal(410, "device-retired"));
  const { sql } = world.database;
  const [device] = await sql`select status, revoked_at is not null as has_end from devices where id = ${id}`;
  expect(device).toEqual({ status: "retired", hasEnd: true });
  expect(await sql`select status from device_keys where device_id = ${id}`).toEqual([{ status: "revoked" }]);
  const [event] = await sql`
    select actor_kind, actor_device_id, changes from audit_logs where event_type = 'device.retired' and entity_id = ${id}`;
  expect(event).toMatchObject({ actorKind: "device", actorDeviceId: id });
  expect(event?.changes).toEqual({ before: { status: "active" }, after: { status: "retired" } });
});

it("refuses paths and methods the protocol does not have, signed, so that a device does not take a proxy for us", async () => {
  const { client } = await factories.device();
  expect(await ask(client.request("PUT", "/facts/secrets", { body: {} }))).toMatchObject(refusal(404, "not-found"));
  expect(await ask(client.request("GET", "/nothing"))).toMatchObject(refusal(404, "not-found"));
  expect(await ask(client.request("PUT", "/self", { body: {} }))).toMatchObject(refusal(405, "method-not-allowed"));
});

it("takes requests at the pace of an agent and refuses a flood, of one device alone", async () => {
  const [loud, quiet] = [await factories.device(), await factories.device()];
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask(loud.client.request("GET", "/self"))));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]).toMatchObject(refusal(429, "too-many-requests"));
  expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(60);
  expect((await ask(quiet.client.request("GET", "/self"))).status).toBe(200);
});
