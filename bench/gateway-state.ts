import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DELTA_MANIPULATION } from "@/server/modules/gateways/state.schema";
import { startChild } from "./lib/child";
import { type DeviceKey, enrolDevices, REPLAY, replayFile } from "./lib/devices";
import { createFleet, ENCRYPTION_KEY, FLEET, fleetSql } from "./lib/fleet";
import { asGateways, askForState, changeEach, STATE_PATH as PATH } from "./lib/gateways";
import { startBench } from "./lib/keyward";
import { pgbench } from "./lib/pgbench";
import { measure, report } from "./lib/rounds";
import { VERIFICATIONS, verificationRate } from "./lib/verification";
import { wrk } from "./lib/wrk";

const BARE = "the same in bare SQL";
const RECOMPUTED = "a state, made anew and fetched";
const BYTES = "node:http, as many bytes";
const CACHED = "a state, fetched again";
const SIGNED = "node:http: verify, one select, sign";
const UNCHANGED = "gateway state, 304";
const SMALL = "gateway state of eight tunnels";
const CHANGED = "gateway state, what has changed";
/** One gateway may ask ninety times a minute. */
const [ANEW, AGAIN] = [2, 10];
/** So many that none asks more often than it may, each with a network and tunnels of its own. */
const GATEWAYS = 2000;
const TUNNELS = 8;
const REQUESTS = 20_000;

const bench = await startBench({ KEYWARD_ENCRYPTION_KEY: ENCRYPTION_KEY });
const gatewayId = await createFleet(bench);
const [machine, ...small] = await enrolDevices(bench, 1 + GATEWAYS);
if (!machine) throw new Error("No machine enrolled");
await bench.sql`
  update devices set gateway_id = ${gatewayId}
   where id = (select device_id from device_keys where thumbprint = ${machine.kid})`;

/** Fetches the whole state of the fleet. @returns its bytes */
async function fetched(device: DeviceKey): Promise<number> {
  const response = await askForState(bench.url, device);
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

async function recompute(device: DeviceKey): Promise<void> {
  await bench.sql`update gateways set desired_revision = desired_revision + 1 where id = ${gatewayId}`;
  await fetched(device);
}

const verifications = {
  name: VERIFICATIONS,
  run: async () => verificationRate(bench.url, machine, { path: PATH, body: "" }),
};

const bytes = await fetched(machine);
const plain = await startChild("floors/node-http.ts", [bench.databaseUrl, String(bytes)]);
const { devices, policies } = FLEET;
console.log(`\n${devices} devices, ${policies} policies: a state of ${(bytes / 1e6).toFixed(2)} MB`);
const wholes = await measure([
  { name: BARE, run: () => pgbench({ url: bench.databaseUrl, sql: fleetSql(gatewayId), clients: 1, times: ANEW }) },
  { name: RECOMPUTED, run: () => rateOf(ANEW, () => recompute(machine)) },
  { name: BYTES, run: () => rateOf(AGAIN, async () => (await fetch(`${plain.url}/bytes`)).arrayBuffer()) },
  { name: CACHED, run: () => rateOf(AGAIN, () => fetched(machine)) },
]);
plain.stop();
report("gateway-state: made anew", { rates: wholes, subject: RECOMPUTED, targets: [{ of: BARE, atLeast: 0.5 }] });
report("gateway-state: fetched whole", { rates: wholes, subject: CACHED, targets: [{ of: BYTES, atLeast: 0.5 }] });

/** The ETag that each gateway's state has now. */
async function etags(): Promise<Map<DeviceKey, string>> {
  const known = new Map<DeviceKey, string>();
  for (const device of small) {
    const response = await askForState(bench.url, device);
    await response.arrayBuffer();
    known.set(device, response.headers.get("etag") ?? "");
  }
  return known;
}

/** Every gateway asks, with these headers beside its signature, again and again. */
function asked(headersOf: (device: DeviceKey) => Record<string, string>) {
  return (url: string) => {
    const rounds = Array.from({ length: Math.ceil(REQUESTS / small.length) }, () => small);
    const requests = rounds.flat().map((device) => {
      const target = { url: bench.url, method: "GET", path: PATH, body: "" } as const;
      return { ...target, tag: "keyward-agent-v1" as const, device, headers: headersOf(device) };
    });
    return wrk({ url, script: [REPLAY, replayFile(requests)] });
  };
}

/** The ETag that a gateway has. */
const having = (known: ReadonlyMap<DeviceKey, string>) => (device: DeviceKey) => ({
  "if-none-match": known.get(device) ?? "",
});

await asGateways(bench, small, { tunnels: TUNNELS });
const before = await etags();
await changeEach(bench);
const after = await etags();
// They have applied it and said so, as gateways do.
await bench.sql`
  update gateways g set applied_etag = a.etag
    from unnest(${[...after.keys()].map(({ kid }) => kid)}::text[],
                ${[...after.values()].map((etag) => etag.replaceAll('"', ""))}::text[]) a(kid, etag)
    join device_keys dk on dk.thumbprint = a.kid join devices d on d.id = dk.device_id
   where g.id = d.gateway_id`;

const keysFile = join(mkdtempSync(join(tmpdir(), "keyward-bench-")), "keys");
writeFileSync(keysFile, JSON.stringify(small.map(({ kid, jwk }) => ({ kid, jwk }))));
const signed = await startChild("floors/signed-http.ts", [keysFile, new URL(bench.url).host, bench.databaseUrl]);
const same = asked(having(after));
const whole = asked(() => ({}));
const changed = asked((device) => ({ ...having(before)(device), "a-im": DELTA_MANIPULATION }));
const rates = await measure([
  verifications,
  { name: SIGNED, run: () => same(signed.url) },
  { name: UNCHANGED, run: () => same(bench.url) },
  { name: SMALL, run: () => whole(bench.url) },
  { name: CHANGED, run: () => changed(bench.url) },
]);
signed.stop();
const targets = [
  { of: VERIFICATIONS, atLeast: 0.5 },
  { of: SIGNED, atLeast: 0.6 },
];
report("gateway-state: unchanged", { rates, subject: UNCHANGED, targets });
report("gateway-state: fetched again", { rates, subject: SMALL, targets });
report("gateway-state: what has changed", { rates, subject: CHANGED, targets });
await bench.stop();
