import { type DeviceKey, enrolDevices, newDeviceKey, REPLAY, replayFile, signedHeaders } from "./lib/devices";
import { startBench } from "./lib/keyward";
import { measure, report } from "./lib/rounds";
import { VERIFICATIONS, verificationRate } from "./lib/verification";
import { wrk } from "./lib/wrk";

/** Enough that no nonce comes twice within a measurement. */
const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 40_000);
/** So many that none is asked for more often than a device may ask. */
const DEVICES = 3000;
const CHECK_IN = "Keyward check-in";
const DESIRED = "Keyward desired-state, 304";
const PATH = "/api/agent/v1/checkins";

const checkInBody = (etag: string | null) =>
  JSON.stringify({
    instanceId: "bench-1",
    bootId: "boot-1",
    agent: { version: "0.1.0", os: "linux", arch: "x64" },
    factsHash: {},
    appliedEtag: etag,
  });

/** The ETag of the device's document, which a check-in makes the server compile. */
async function firstCheckIn(url: string, device: DeviceKey): Promise<string> {
  const body = checkInBody(null);
  const headers = signedHeaders({ url, method: "POST", path: PATH, body, tag: "keyward-agent-v1", device });
  const answer = (await (await fetch(url + PATH, { method: "POST", body, headers })).json()) as { desiredEtag: string };
  return answer.desiredEtag;
}

const bench = await startBench();
const devices = await enrolDevices(bench, DEVICES);
const etags = new Map<DeviceKey, string>();
for (const device of devices) etags.set(device, await firstCheckIn(bench.url, device));

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
    return wrk({ url: bench.url, script: [REPLAY, replayFile(requests)] });
  };
}

const [first] = devices;
if (!first) throw new Error("No device enrolled");
const rates = await measure([
  { name: VERIFICATIONS, run: async () => verificationRate(bench.url, first, { path: PATH, body: checkInBody(null) }) },
  { name: CHECK_IN, run: signed("POST", PATH) },
  { name: DESIRED, run: signed("GET", "/api/agent/v1/desired-state") },
]);
report("check-in: a device says that it is there", {
  rates,
  subject: CHECK_IN,
  targets: [{ of: VERIFICATIONS, atLeast: 0.5 }],
});
report("desired-state: nothing new", { rates, subject: DESIRED, targets: [{ of: VERIFICATIONS, atLeast: 0.5 }] });
await bench.stop();
