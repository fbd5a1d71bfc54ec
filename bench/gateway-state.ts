import { type DeviceKey, enrolDevices, REPLAY, replayFile } from "./lib/devices";
import { createFleet, ENCRYPTION_KEY, FLEET, fleetSql } from "./lib/fleet";
import { asGateways, askForState, STATE_PATH as PATH } from "./lib/gateways";
import { startBench } from "./lib/keyward";
import { pgbench } from "./lib/pgbench";
import { measure, report } from "./lib/rounds";
import { VERIFICATIONS, verificationRate } from "./lib/verification";
import { wrk } from "./lib/wrk";

const BARE = "the same in bare SQL";
const RECOMPUTED = "a state, made anew and fetched";
const CACHED = "a state, fetched again";
const UNCHANGED = "gateway state, 304";
/** One gateway may ask ninety times a minute. */
const [ANEW, AGAIN] = [2, 10];
/** So many that none asks more often than it may, each with a network of its own. */
const GATEWAYS = 1000;
const REQUESTS = 20_000;

const bench = await startBench({ KEYWARD_ENCRYPTION_KEY: ENCRYPTION_KEY });
const gatewayId = await createFleet(bench);
const machines = await enrolDevices(bench, 1 + GATEWAYS);
const [machine] = machines;
if (!machine) throw new Error("No machine enrolled");
await bench.sql`
  update devices set gateway_id = ${gatewayId}
   where id = (select device_id from device_keys where thumbprint = ${machine.kid})`;

/** Bytes of the state. */
async function fetched(): Promise<number> {
  const response = await askForState(bench.url, machine as DeviceKey);
  const body = await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${PATH} answered ${response.status}`);
  return body.byteLength;
}

/** How often a second, of so many times one after the other. */
async function rateOf(times: number, work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  for (let at = 0; at < times; at += 1) await work();
  return (times * 1000) / (performance.now() - begun);
}

async function recompute(): Promise<void> {
  await bench.sql`update gateways set desired_revision = desired_revision + 1 where id = ${gatewayId}`;
  await fetched();
}

const verifications = {
  name: VERIFICATIONS,
  run: async () => verificationRate(bench.url, machine, { path: PATH, body: "" }),
};

const bytes = await fetched();
const { devices, policies } = FLEET;
console.log(`\n${devices} devices, ${policies} policies: a state of ${(bytes / 1e6).toFixed(2)} MB`);
const whole = await measure([
  { name: BARE, run: () => pgbench({ url: bench.databaseUrl, sql: fleetSql(gatewayId), clients: 1, times: ANEW }) },
  { name: RECOMPUTED, run: () => rateOf(ANEW, recompute) },
  verifications,
  { name: CACHED, run: () => rateOf(AGAIN, fetched) },
]);
report("gateway-state: made anew", { rates: whole, subject: RECOMPUTED, targets: [{ of: BARE, atLeast: 0.5 }] });
report("gateway-state: fetched", { rates: whole, subject: CACHED, targets: [{ of: VERIFICATIONS, atLeast: 0.5 }] });

// Gateways without tunnels: what an unchanged state costs does not depend on its size.
const small = machines.slice(1);
await asGateways(bench, small);
const asked: { device: DeviceKey; etag: string }[] = [];
for (const device of small) {
  const response = await askForState(bench.url, device);
  await response.arrayBuffer();
  asked.push({ device, etag: response.headers.get("etag") ?? "" });
}

async function unchanged(): Promise<number> {
  const requests = Array.from({ length: REQUESTS }, (_, index) => {
    const { device, etag } = asked[index % asked.length] ?? { device: machine as DeviceKey, etag: "" };
    const headers = { "if-none-match": etag };
    return {
      url: bench.url,
      method: "GET" as const,
      path: PATH,
      body: "",
      tag: "keyward-agent-v1" as const,
      device,
      headers,
    };
  });
  return wrk({ url: bench.url, script: [REPLAY, replayFile(requests)] });
}

// They have applied it and said so, as gateways do.
await bench.sql`
  update gateways g set applied_etag = a.etag
    from unnest(${asked.map(({ device }) => device.kid)}::text[], ${asked.map(({ etag }) => etag.replaceAll('"', ""))}::text[])
         a(kid, etag)
    join device_keys dk on dk.thumbprint = a.kid join devices d on d.id = dk.device_id
   where g.id = d.gateway_id`;

const rates = await measure([verifications, { name: UNCHANGED, run: unchanged }]);
report("gateway-state: unchanged", { rates, subject: UNCHANGED, targets: [{ of: VERIFICATIONS, atLeast: 0.5 }] });
await bench.stop();
