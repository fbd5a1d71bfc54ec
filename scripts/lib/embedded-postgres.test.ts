import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startEmbeddedPostgres } from "./embedded-postgres.mjs";

const flags = { shared_buffers: "16MB" };

let root: string;
let dataDir: string;
const owners: ChildProcess[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kw-pg-"));
  chmodSync(root, 0o755);
  dataDir = join(root, "postgres");
});

afterEach(async () => {
  for (const owner of owners.splice(0)) owner.kill("SIGKILL");
  await expect.poll(() => processesOn(dataDir), { timeout: 10_000 }).toEqual([]);
  rmSync(root, { recursive: true, force: true });
});

/** Processes with the cluster in their arguments: the supervisor, its watch and the postmaster. */
function processesOn(path: string): number[] {
  const pids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.filter((pid) => pid !== process.pid && readArguments(pid).includes(`-D\0${path}\0`));
}

function readArguments(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

/** Another process that starts the cluster, writes a row and stays; it ends on SIGINT as the server does. */
async function startOwner(): Promise<{ owner: ChildProcess; postmaster: number }> {
  const code = `
    import { startEmbeddedPostgres } from "./scripts/lib/embedded-postgres.mjs";
    import postgres from "postgres";
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, flags: ${JSON.stringify(flags)} });
    const sql = postgres(server.url, { max: 1, onnotice() {} });
    await sql\`create table if not exists kept (at int)\`;
    await sql\`insert into kept values (1)\`;
    process.on("SIGINT", async () => { await sql.end(); await server.stop(); process.exit(0); });
    console.log(server.pid);
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  owners.push(owner);
  if (!owner.stdout) throw new Error("no output");
  const [line] = await once(createInterface(owner.stdout), "line");
  return { owner, postmaster: Number(line) };
}

async function keptRows(): Promise<number> {
  const server = await startEmbeddedPostgres({ dataDir, flags });
  const sql = postgres(server.url, { max: 1 });
  try {
    const [row] = await sql<{ count: number }[]>`select count(*)::int as count from kept`;
    return row?.count ?? 0;
  } finally {
    await sql.end();
    await server.stop();
  }
}

async function killed(pid: number): Promise<void> {
  process.kill(pid, "SIGKILL");
  await expect.poll(() => existsSync(`/proc/${pid}/exe`) && readArguments(pid) !== "").toBe(false);
}

test("a new cluster speaks UTF-8 with the same rules on every host, and ends without a trace", async () => {
  const server = await startEmbeddedPostgres({ dataDir, flags });
  const sql = postgres(server.url, { max: 1 });
  const [row] = await sql`
    select current_database() as name, current_setting('server_encoding') as encoding, current_setting('timezone') as zone,
      datlocprovider as provider, lower('ÄÖ') as folded, current_setting('listen_addresses') as addresses
    from pg_database where datname = current_database()`;
  await sql.end();
  await server.stop();
  expect(row).toEqual({
    name: "keyward",
    encoding: "UTF8",
    zone: "UTC",
    provider: "b",
    folded: "äö",
    addresses: "127.0.0.1",
  });
  expect(processesOn(dataDir)).toEqual([]);
  expect(existsSync(`${dataDir}.lock`)).toBe(false);
});

describe("whatever ends the owner ends the server", () => {
  test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("%s", async (name) => {
    const { owner } = await startOwner();
    const exited = once(owner, "exit");
    owner.kill(name);
    await exited;
    await expect.poll(() => processesOn(dataDir), { timeout: 10_000 }).toEqual([]);
    expect(await keptRows()).toBe(1);
  });
});

describe("the next start recovers", () => {
  test("after kill -9 of server, postmaster and supervisor at once", async () => {
    const { owner } = await startOwner();
    const exited = once(owner, "exit");
    for (const pid of processesOn(dataDir)) process.kill(pid, "SIGKILL");
    owner.kill("SIGKILL");
    await exited;
    expect(await keptRows()).toBe(1);
  });

  test("from a PostgreSQL that lives on without anybody", async () => {
    const { owner, postmaster } = await startOwner();
    // The watch goes first: it would still stop the server when the supervisor goes.
    for (const pid of processesOn(dataDir).reverse()) if (pid !== postmaster) await killed(pid);
    const exited = once(owner, "exit");
    owner.kill("SIGKILL");
    await exited;
    await sleep(300);
    expect(processesOn(dataDir)).toEqual([postmaster]);
    expect(await keptRows()).toBe(1);
  });

  test("from a pid file whose number belongs to somebody else now", async () => {
    const { owner, postmaster } = await startOwner();
    const pidFile = join(dataDir, "postmaster.pid");
    const stale = readFileSync(pidFile, "utf8").replace(String(postmaster), String(process.ppid));
    const exited = once(owner, "exit");
    owner.kill("SIGINT");
    await exited;
    writeFileSync(pidFile, stale);
    expect(await keptRows()).toBe(1);
  });

  test("from an interrupted creation", async () => {
    mkdirSync(`${dataDir}.new`);
    writeFileSync(join(`${dataDir}.new`, "PG_VERSION"), "18");
    const { owner } = await startOwner();
    owner.kill("SIGINT");
    await once(owner, "exit");
    expect(await keptRows()).toBe(1);
    expect(readdirSync(root)).not.toContain("postgres.new");
  });

  test("from a lost password file", async () => {
    const first = await startEmbeddedPostgres({ dataDir, flags });
    const sql = postgres(first.url, { max: 1 });
    await sql`create table kept as select 1 as at`;
    await sql.end();
    await first.stop();
    rmSync(join(root, "secrets", "postgres-password"));
    expect(await keptRows()).toBe(1);
  });
});

describe("what it refuses", () => {
  test("a cluster that another live process owns, which goes on undisturbed", async () => {
    const { owner, postmaster } = await startOwner();
    await expect(startEmbeddedPostgres({ dataDir, flags })).rejects.toThrow(`in use by process ${owner.pid}`);
    expect(processesOn(dataDir)).toContain(postmaster);
  });

  test("a directory that holds something else, which it leaves alone", async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, "thesis.txt"), "years of work");
    await expect(startEmbeddedPostgres({ dataDir, flags })).rejects.toThrow("neither empty nor a database");
    expect(readdirSync(dataDir)).toEqual(["thesis.txt"]);
  });

  test("a port that is taken, when that very port was asked for", async () => {
    const first = await startEmbeddedPostgres({ dataDir, flags });
    const second = startEmbeddedPostgres({ dataDir: join(root, "other"), port: first.port, flags });
    await expect(second).rejects.toThrow(/Address already in use/);
    await first.stop();
  });
});
