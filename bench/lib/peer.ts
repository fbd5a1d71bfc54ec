import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import postgres, { type Sql } from "postgres";
import type { Bench } from "./keyward";
import type { Contestant, Target } from "./rounds";

const root = join(import.meta.dirname, "..", "..");

/** Another product, serving in this run. */
export interface Peer {
  url: string;
  /** Signs the request in. */
  headers: Record<string, string>;
  /** Its own database. */
  sql: Sql;
  stop(): Promise<void>;
}

/** Where a peer is served from: its directory with packages, and its database. */
export interface Ground {
  directory: string;
  databaseUrl: string;
  sql: Sql;
}

async function npmInstall(directory: string): Promise<void> {
  // What would be compiled comes prebuilt or is not used.
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps", "--loglevel=error"];
  const child = spawn("npm", args, { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
  let printed = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`npm install failed\n${printed}`);
}

/** Installs a peer outside our own packages, unless it is there, and gives it a database on the benchmark's server. */
export async function ground(name: string, bench: Bench): Promise<Ground> {
  const source = join(root, "bench", "peers", name);
  const directory = join(root, ".keyward", "bench-peers", name);
  const stamp = join(directory, "installed.json");
  const wanted = readFileSync(join(source, "package.json"), "utf8");
  mkdirSync(directory, { recursive: true });
  cpSync(source, directory, { recursive: true });
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
    console.log(`Installing ${name} …`);
    await npmInstall(directory);
    writeFileSync(stamp, wanted);
  }
  const database = `bench_${name.replaceAll("-", "_")}`;
  await bench.sql.unsafe(`create database ${database}`);
  const url = new URL(bench.databaseUrl);
  url.pathname = `/${database}`;
  return { directory, databaseUrl: url.href, sql: postgres(url.href, { max: 4, onnotice: () => undefined }) };
}

interface Entry {
  name: string;
  atLeast: number;
  start(bench: Bench): Promise<Peer>;
  run(peer: Peer): Promise<number>;
}

interface Peers {
  contestants: Contestant[];
  targets: Target[];
  stop(): Promise<void>;
}

/** The peers of a row, when they were asked for. One that does not install or start is named and has no ratio. */
export async function startPeers(bench: Bench, entries: readonly Entry[]): Promise<Peers> {
  const started: Peer[] = [];
  const peers: Peers = {
    contestants: [],
    targets: [],
    stop: async () => void (await Promise.all(started.map(({ sql, stop }) => sql.end({ timeout: 5 }).then(stop)))),
  };
  if (!process.env.BENCH_PEERS) return peers;
  for (const { name, atLeast, start, run } of entries) {
    try {
      const peer = await start(bench);
      started.push(peer);
      peers.contestants.push({ name, run: () => run(peer) });
      peers.targets.push({ of: name, atLeast });
    } catch (error) {
      console.log(`${name} is left out: ${error instanceof Error ? error.message : error}`);
    }
  }
  await bench.signIn();
  return peers;
}
