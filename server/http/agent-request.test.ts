import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { MAX_FUTURE_S, MAX_PAST_S, newNonce } from "@/server/core/message-signature";
import { ask, refusal } from "@/server/testing/agent-answer";
import { type DeviceClient, newDeviceKeys } from "@/server/testing/device-client";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let client: DeviceClient;
let id: string;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  ({ client, id } = await factories.device());
});

const agent = { version: "1.0.0", os: "linux", arch: "amd64" };
const checkIn = { instanceId: "instance-1", bootId: "boot-1", agent, factsHash: {}, appliedEtag: null };
const nowS = () => Math.floor(Date.now() / 1000);

/** What of the device changes when a request gets through. */
async function trace() {
  const { sql } = world.database;
  const [row] = await sql`
    select (select row_to_json(d)::text from devices d where id = ${id}) as device,
           (select count(*)::int from device_facts where device_id = ${id}) as facts,
           (select count(*)::int from device_runs where device_id = ${id}) as runs,
           (select count(*)::int from agent_nonces where device_id = ${id}) as nonces,
           (select string_agg(thumbprint || status, ',' order by thumbprint) from device_keys where device_id = ${id}) as keys`;
  return row;
}

/** The answer to a request that must change nothing. */
async function refused(request: Request) {
  const before = await trace();
  const answer = await ask(request);
  expect(await trace()).toEqual(before);
  return answer;
}

type Rewrite = { url?: string; body?: string | Uint8Array; headers?: Record<string, string | null> };

/** The signed request with something else about it. */
async function spoilt(request: Request, { url, body, headers = {} }: Rewrite): Promise<Request> {
  const changed = new Headers(request.headers);
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) changed.delete(name);
    else changed.set(name, value);
  }
  const sent = body === undefined ? await request.arrayBuffer() : Buffer.from(body);
  return new Request(url ?? request.url, {
    method: request.method,
    headers: changed,
    body: request.method === "GET" ? null : sent,
  });
}

const posted = (call: Parameters<DeviceClient["request"]>[2] = {}) =>
  client.request("POST", "/checkins", { body: checkIn, ...call });

describe("a signature", () => {
  it("is needed: without one, or half of one, the answer is 401 and nothing is written", async () => {
    for (const name of ["signature", "signature-input"]) {
      const answer = await refused(await spoilt(posted(), { headers: { [name]: null } }));
      expect(answer).toMatchObject(refusal(401, "signature-missing"));
    }
  });

  it("of an unknown key is told apart, so that a device knows the server lost it", async () => {
    const stranger = world.deviceClient();
    const request = stranger.request("POST", "/checkins", { body: checkIn });
    expect(await refused(request)).toMatchObject(refusal(401, "key-unknown"));
  });

  it("of another key under this device's name is not valid", async () => {
    const thief = world.deviceClient({ ...newDeviceKeys(), kid: client.keys.kid });
    const request = thief.request("POST", "/checkins", { body: checkIn });
    expect(await refused(request)).toMatchObject(refusal(401, "signature-invalid"));
  });

  it("made for another purpose is not valid here", async () => {
    for (const tag of ["keyward-enrol-v1", "keyward-rekey-v1"] as const) {
      expect(await refused(posted({ tag }))).toMatchObject(refusal(401, "signature-invalid"));
    }
  });

  it("comes alone: a second label is refused where one is due, and one where two are due", async () => {
    const next = newDeviceKeys();
    expect(await refused(posted({ alsoSignedBy: next }))).toMatchObject(refusal(401, "signature-invalid"));
    const alone = client.request("POST", "/keys", { body: { jwk: next.jwk, reason: "manual" } });
    expect(await refused(alone)).toMatchObject(refusal(401, "signature-invalid"));
  });

  it("covers method, path and body: taken elsewhere or changed, it fails", async () => {
    const body = JSON.stringify({ ...checkIn, instanceId: "instance-2" });
    expect(await refused(await spoilt(posted(), { body }))).toMatchObject(refusal(400, "digest-mismatch"));
    const { signature = "" } = Object.fromEntries((await spoilt(posted(), {})).headers);
    const swapped = await spoilt(posted(), { headers: { signature } });
    expect(await refused(swapped)).toMatchObject(refusal(401, "signature-invalid"));
    const elsewhere = await spoilt(posted(), { url: posted().url.replace("checkins", "reports") });
    expect(await refused(elsewhere)).toMatchObject(refusal(401, "signature-invalid"));
  });

  it("is needed over a digest: a body that brings its own digest still fails", async () => {
    const forged = client.request("POST", "/checkins", { body: { ...checkIn, instanceId: "instance-2" } });
    const digest = forged.headers.get("content-digest");
    const request = await spoilt(posted(), { body: await forged.text(), headers: { "content-digest": digest } });
    expect(await refused(request)).toMatchObject(refusal(401, "signature-invalid"));
    const bare = await spoilt(posted(), { headers: { "content-digest": null } });
    expect(await refused(bare)).toMatchObject(refusal(400, "malformed"));
  });
});

describe("the clock", () => {
  it.each([
    ["behind", -MAX_PAST_S - 5],
    ["ahead", MAX_FUTURE_S + 60],
  ])("too far %s is refused with the server's time, so that the device can correct itself", async (_, offset) => {
    const answer = await refused(posted({ created: nowS() + offset }));
    expect(answer).toMatchObject(refusal(401, "clock-skew"));
    expect(answer.problem).toMatchObject({ maxPastS: MAX_PAST_S, maxFutureS: MAX_FUTURE_S, retryable: true });
    expect(Math.abs(Number(answer.problem?.serverTime) - nowS())).toBeLessThan(5);
    const corrected = nowS() + offset + (Number(answer.problem?.serverTime) - nowS() - offset);
    expect((await ask(posted({ created: corrected }))).status).toBe(200);
  });

  it("within the window is fine both ways", async () => {
    for (const offset of [-MAX_PAST_S + 60, MAX_FUTURE_S - 10]) {
      expect((await ask(posted({ created: nowS() + offset }))).status).toBe(200);
    }
  });
});

describe("a nonce", () => {
  const writes = [
    ["POST", "/checkins", checkIn],
    ["PUT", "/facts/users", { root: 0 }],
    ["DELETE", "/self", undefined],
  ] as const;

  it.each(writes)("counts once: %s %s replayed changes nothing", async (method, path, body) => {
    const nonce = newNonce();
    const first = await ask(client.request("POST", "/checkins", { body: checkIn, nonce }));
    expect(first.status).toBe(200);
    const again = await refused(client.request(method, path, { body, nonce }));
    expect(again).toMatchObject(refusal(401, "nonce-reused"));
  });

  it("that was refused for its content is not used up, and one that got through is", async () => {
    const nonce = newNonce();
    const bad = await refused(client.request("POST", "/checkins", { body: { ...checkIn, extra: 1 }, nonce }));
    expect(bad).toMatchObject(refusal(422, "invalid"));
    expect((await ask(posted({ nonce }))).status).toBe(200);
    expect(await refused(posted({ nonce }))).toMatchObject(refusal(401, "nonce-reused"));
  });

  it("is each device's own", async () => {
    const nonce = newNonce();
    const other = await factories.device();
    expect((await ask(posted({ nonce }))).status).toBe(200);
    expect((await ask(other.client.request("POST", "/checkins", { body: checkIn, nonce }))).status).toBe(200);
  });

  it("may repeat on reading", async () => {
    const nonce = newNonce();
    for (const path of ["/self", "/self", "/desired-state"]) {
      expect((await ask(client.request("GET", path, { nonce }))).status).toBe(200);
    }
  });

  it("counts once also when both arrive at the same moment", async () => {
    const nonce = newNonce();
    const requests = Array.from({ length: 8 }, () => ask(posted({ nonce })));
    const statuses = (await Promise.all(requests)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array(7).fill(401)]);
  });
});
