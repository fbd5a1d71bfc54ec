import { setTimeout as sleep } from "node:timers/promises";
import { type DeviceKey, enrolDevices } from "./lib/devices";
import { asGateways, askForState } from "./lib/gateways";
import { startBench } from "./lib/keyward";
import { measure, report } from "./lib/rounds";
import { wrk, wrkP99 } from "./lib/wrk";

const GATEWAYS = 200;
const WAIT_S = 25;
const ALONE = "account.me, while no gateway waits";
const BESIDE = `account.me, while ${GATEWAYS} gateways wait`;

const bench = await startBench();
const machines = await enrolDevices(bench, GATEWAYS);
await asGateways(bench, machines);
const url = `${bench.url}/api/trpc/account.me`;

/** A gateway as it works: it asks, waits, and asks again with what it got. */
async function follow(device: DeviceKey, signal: AbortSignal, onState: () => void): Promise<void> {
  let etag = "";
  while (!signal.aborted) {
    const response = await askForState(bench.url, device, { etag, wait: WAIT_S, signal });
    await response.arrayBuffer();
    if (response.status !== 200 && response.status !== 304) throw new Error(`a poll was answered ${response.status}`);
    etag = response.headers.get("etag") ?? etag;
    if (response.status === 200) onState();
  }
}

/** Holds every gateway's poll while `work` goes on. */
async function besidePolls<T>(work: () => Promise<T>, onState: () => void = () => undefined): Promise<T> {
  const ended = new AbortController();
  const polls = machines.map((device) =>
    follow(device, ended.signal, onState).catch((error) => {
      if (!ended.signal.aborted) throw error;
    }),
  );
  // All have their first state and wait for the next.
  await sleep(2000);
  try {
    return await Promise.race([work(), Promise.all(polls).then(() => Promise.reject(new Error("a poll ended")))]);
  } finally {
    ended.abort();
    await Promise.allSettled(polls);
  }
}

const load = () => ({ url, headers: { cookie: bench.cookie } });
const rates = await measure([
  { name: ALONE, run: () => wrk(load()) },
  { name: BESIDE, run: () => besidePolls(() => wrk(load())) },
]);
report("long-polls: what waits takes nothing from others", {
  rates,
  subject: BESIDE,
  targets: [{ of: ALONE, atLeast: 0.8 }],
});
await bench.signIn();
const [alone, beside] = [await wrkP99(load()), await besidePolls(() => wrkP99(load()))];
console.log(`  p99 ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside the polls`);

/** One change that concerns every gateway: milliseconds until so many have their new state. */
const arrivals: number[] = [];
let begun = Number.NaN;
await besidePolls(
  async () => {
    begun = performance.now();
    await bench.trpc("gateways.create", { name: "One more", vpnCidr: "10.250.0.0/24" });
    while (arrivals.length < GATEWAYS) await sleep(20);
  },
  () => {
    if (begun > 0) arrivals.push(performance.now() - begun);
  },
);
const at = (share: number) => ((arrivals[Math.ceil(GATEWAYS * share) - 1] ?? Number.NaN) / 1000).toFixed(2);
console.log(`  a change that all ${GATEWAYS} must know: half have it after ${at(0.5)} s, all after ${at(1)} s`);
await bench.stop();
