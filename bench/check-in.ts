import { createPublicKey } from "node:crypto";
import { join } from "node:path";
import { verifyRequest } from "@/server/core/message-signature";
import { type DeviceKey, enrolmentBody, newDeviceKey, replayFile, signedHeaders } from "./lib/devices";
import { type Bench, startBench } from "./lib/keyward";
import { measure, report } from "./lib/rounds";
import { wrk } from "./lib/wrk";

/** Enough that no nonce comes twice within a measurement. */
const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 40_000);
/** So many that none is asked for more often than a device may ask. */
const DEVICES = 3000;
const TOKEN_USES = 1000;
const FLOOR = "RFC 9421 verifications on one core";
const CHECK_IN = "Keyward check-in";
const DESIRED = "Keyward desired-state, 304";
const PATH = "/api/agent/v1/checkins";

/** Enrols as many devices as one token takes. */
async function enrolSome({ url, trpc }: Bench): Promise<DeviceKey[]> {
  const { secret } = await trpc<{ secret: string }>("enrolment.create", {
    name: "bench",
    usageLimit: TOKEN_USES,
    requireApproval: false,
  });
  const devices = Array.from({ length: TOKEN_USES }, newDeviceKey);
  for (let at = 0; at < devices.length; at += 25) {
    await Promise.all(
      devices.slice(at, at + 25).map(async (device) => {
        const body = enrolmentBody(secret, device, `bench-${device.kid}`);
        const path = "/api/agent/v1/enrolments";
        const headers = signedHeaders({ url, method: "POST", path, body, tag: "keyward-enrol-v1", device });
        const response = await fetch(url + path, { method: "POST", body, headers });
        if (response.status !== 201) throw new Error(`enrolment answered ${response.status}: ${await response.text()}`);
      }),
    );
  }
  return devices;
}

async function enrol(bench: Bench): Promise<DeviceKey[]> {
  const devices: DeviceKey[] = [];
  while (devices.length < DEVICES) devices.push(...(await enrolSome(bench)));
  return devices;
}

const checkInBody = (etag: string | null) =>
  JSON.stringify({
    instanceId: "bench-1",
    bootId: "boot-1",
    agent: { version: "0.1.0", os: "linux", arch: "x64" },
    factsHash: {},
    appliedEtag: etag,
  });

/** How often one core verifies a check-in, digest and all. */
function verificationRate(url: string, device: DeviceKey): number {
  const body = checkInBody(null);
  const headers = new Headers(
    signedHeaders({ url, method: "POST", path: PATH, body, tag: "keyward-agent-v1", device }),
  );
  const key = createPublicKey(device.key);
  const request = { method: "POST", authority: new URL(url).host, path: PATH, headers, body: Buffer.from(body) };
  const until = performance.now() + 2000;
  let count = 0;
  while (performance.now() < until) {
    const verified = verifyRequest({
      ...request,
      now: Math.floor(Date.now() / 1000),
      expect: { sig1: "keyward-agent-v1" },
      keyFor: () => key,
    });
    if (!verified.ok) throw new Error(verified.detail);
    count += 1;
  }
  return count / 2;
}

/** The ETag of the device's document, which a check-in makes the server compile. */
async function firstCheckIn(url: string, device: DeviceKey): Promise<string> {
  const body = checkInBody(null);
  const headers = signedHeaders({ url, method: "POST", path: PATH, body, tag: "keyward-agent-v1", device });
  const answer = (await (await fetch(url + PATH, { method: "POST", body, headers })).json()) as { desiredEtag: string };
  return answer.desiredEtag;
}

const bench = await startBench();
const devices = await enrol(bench);
const etags = new Map<DeviceKey, string>();
for (const device of devices) etags.set(device, await firstCheckIn(bench.url, device));
const replay = join(import.meta.dirname, "lib", "replay.lua");

/** Fresh signatures for every round: a nonce counts once. */
function signed(method: "GET" | "POST", path: string) {
  return async () => {
    const requests = Array.from({ length: REQUESTS }, (_, index) => {
      const device = devices[index % devices.length] ?? newDeviceKey();
      const etag = etags.get(device) ?? null;
      const own =
        method === "POST" ? { body: checkInBody(etag) } : { body: "", headers: { "if-none-match": `"${etag}"` } };
      return { url: bench.url, method, path, tag: "keyward-agent-v1" as const, device, ...own };
    });
    return wrk({ url: bench.url, script: [replay, replayFile(requests)] });
  };
}

const [first] = devices;
if (!first) throw new Error("No device enrolled");
const rates = await measure([
  { name: FLOOR, run: async () => verificationRate(bench.url, first) },
  { name: CHECK_IN, run: signed("POST", PATH) },
  { name: DESIRED, run: signed("GET", "/api/agent/v1/desired-state") },
]);
report("check-in: a device says that it is there", {
  rates,
  subject: CHECK_IN,
  targets: [{ of: FLOOR, atLeast: 0.5 }],
});
report("desired-state: nothing new", { rates, subject: DESIRED, targets: [{ of: FLOOR, atLeast: 0.5 }] });
await bench.stop();
