import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ruleset, rulesetOf, tableOf } from "../agent/gateway/ruleset";
import { changeScript, loadScript } from "../agent/gateway/ruleset-script";
import { rule, stateOf } from "../agent/testing/gateway-states";
import { type Namespace, Network, sayNotTried, tunnelObstacles } from "../server/testing/network-namespaces";

const DEVICES = Number(process.env.BENCH_DEVICES ?? 5000);
const PROFILES = Number(process.env.BENCH_PROFILES ?? 500);
const RULES = 10;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const NAME = "kw0";

/** Every device has one of the profiles; `variant` is what its last rule says, so that two states differ in one profile. */
function fleet(variants: ReadonlyMap<number, number>): Ruleset {
  const profileOf = (index: number) => {
    const profile = index % PROFILES;
    const host = `10.200.${variants.get(index) ?? 0}.1/32`;
    const rules = Array.from({ length: RULES - 1 }, (_, at) => rule("allow", `10.${at}.${profile % 256}.0/24`));
    return [...rules, rule("deny", host, { protocol: "tcp", ports: { from: 1, to: (profile % 60_000) + 1 } })];
  };
  const devices = Array.from({ length: DEVICES }, (_, index) => ({
    publicKey: createHash("sha256").update(`${index}`).digest("base64"),
    addresses: [`10.77.${index >> 8}.${index & 255}`],
    rules: profileOf(index),
  }));
  return rulesetOf(stateOf(devices), NAME);
}

/** Milliseconds. */
function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

function show(name: string, values: readonly number[]): void {
  const spread = `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}`;
  console.log(`  ${name.padEnd(52)} ${median(values).toFixed(0).padStart(7)} ms   (${spread})`);
}

function measureIn(at: Namespace, file: string) {
  const nft = (script: string, ...flags: string[]) => {
    writeFileSync(file, script);
    return timed(() => at.run("nft", ...flags, "-f", file));
  };
  const base = fleet(new Map());
  const one = fleet(new Map([[0, 1]]));
  const many = fleet(new Map(Array.from({ length: Math.floor(DEVICES / 10) }, (_, at) => [at * 10, 1])));
  const times = {
    load: [] as number[],
    check: [] as number[],
    one: [] as number[],
    many: [] as number[],
    gate: [] as number[],
    whole: [] as number[],
  };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const load = nft(loadScript(base));
    const whole = timed(() => at.run("nft", "-s", "-a", "list", "table", "inet", tableOf(NAME)));
    const gate = timed(() => at.run("nft", "-s", "-a", "list", "chain", "inet", tableOf(NAME), "forward"));
    const check = nft(changeScript(base, one), "-c");
    const change = nft(changeScript(base, one));
    const tenth = nft(changeScript(one, many));
    if (round > 0) {
      times.load.push(load);
      times.whole.push(whole);
      times.gate.push(gate);
      times.check.push(check);
      times.one.push(change);
      times.many.push(tenth);
    }
  }
  return times;
}

const obstacles = tunnelObstacles();
if (obstacles.length > 0) {
  sayNotTried(obstacles);
  process.exit(1);
}
const network = new Network();
try {
  const times = measureIn(network.namespace("nft"), join(network.scratch, "bench.nft"));
  console.log(`\nnft: ${DEVICES} devices, ${PROFILES} profiles of ${RULES} rules`);
  show("the whole table, loaded", times.load);
  show("every rule, looked at (every 10 minutes)", times.whole);
  show("the deciding chain, looked at (every 5 seconds)", times.gate);
  show("one device's change, checked", times.check);
  show("one device's change, made", times.one);
  show(`${Math.floor(DEVICES / 10)} devices' changes, made`, times.many);
  const ratio = median(times.load) / median(times.one);
  console.log(`  a load is ${ratio.toFixed(1)} of a change, target ≥ 5: ${ratio >= 5 ? "met" : "NOT MET"}`);
} finally {
  network.dispose();
}
