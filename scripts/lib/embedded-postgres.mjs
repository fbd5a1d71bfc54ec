// Runs the PostgreSQL that npm installed: one cluster, one owner, gone when its owner is gone.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, realpathSync, rmdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { totalmem } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { binary, nativeDirectory, SYSTEM_DIR } from "./postgres-binaries.mjs";
import * as cluster from "./postgres-cluster.mjs";
import { canAccess, postgresIdentity } from "./postgres-identity.mjs";
import { acquireLock, commandLine, isAlive, signal, waitForExit } from "./process-lock.mjs";

/** How long crash recovery may take before we give up. */
const START_TIMEOUT_MS = 180_000;
const RETRY_MS = 15_000;

/**
 * PostgreSQL's parent. It stops the server when our end of its standard input closes, which happens however we
 * die, and it leaves when the server leaves. It runs in a group of its own, so that Ctrl-C reaches only us.
 */
const SUPERVISOR = `
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
( read -r _ <&3; kill -INT $server ) >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait $server
code=$?
kill $watch 2>/dev/null
exit $code`;

/**
 * Starts the embedded PostgreSQL, creating its data directory (and a database named keyward) at first use.
 * A server orphaned by a crash is stopped first. The server ends with this process, whatever ends it.
 * @param options `dataDir` the cluster; `port` picked freely when left out; `password` kept in
 *   `../secrets/postgres-password` beside the data directory when left out; `flags` more server settings
 *   (`{ fsync: "off" }`); `log` receives the server's warnings
 * @throws {Error} when another live process owns the cluster, or PostgreSQL does not start
 */
export async function startEmbeddedPostgres({ dataDir: wanted, port, password, flags = {}, log = () => {} }) {
  const { dataDir, identity } = placeCluster(resolve(wanted), log);
  const release = takeOwnership(dataDir);
  try {
    const native = nativeDirectory(identity, identity ? SYSTEM_DIR : dirname(dataDir));
    await stopOrphan(dataDir, log);
    const secret = prepareCluster({ native, dataDir, identity, flags }, { password, keptIn: dirname(resolve(wanted)) });
    const server = await launch({ native, dataDir, identity, port, flags, log });
    const stop = once(async () => {
      await server.stop();
      release();
    });
    const url = `postgres://${cluster.SUPERUSER}:${encodeURIComponent(secret)}@127.0.0.1:${server.port}/${cluster.DATABASE}`;
    return { url, pid: server.pid, dataDir, port: server.port, exited: server.exited, stop };
  } catch (error) {
    release();
    throw error;
  }
}

/** The wanted directory, or one under /var/lib when PostgreSQL's user cannot get there. */
function placeCluster(wanted, log) {
  mkdirSync(dirname(wanted), { recursive: true });
  const path = join(realpathSync(dirname(wanted)), basename(wanted));
  const identity = postgresIdentity(path);
  if (canAccess(identity, "-x", dirname(path))) return { dataDir: path, identity };
  const tag = createHash("sha256").update(path).digest("hex").slice(0, 12);
  const dataDir = join(SYSTEM_DIR, `postgres-${tag}`);
  mkdirSync(SYSTEM_DIR, { recursive: true, mode: 0o755 });
  if (!canAccess(identity, "-x", SYSTEM_DIR))
    throw new Error(
      `PostgreSQL's user can reach neither ${path} nor ${SYSTEM_DIR}. Set KEYWARD_DATA_DIR or DATABASE_URL.`,
    );
  log(`PostgreSQL's user cannot reach ${path}; the database is kept in ${dataDir}`);
  return { dataDir, identity };
}

function takeOwnership(dataDir) {
  try {
    return acquireLock(`${dataDir}.lock`);
  } catch (error) {
    if (error.holder)
      throw new Error(`The database in ${dataDir} is in use by process ${error.holder}. Stop that first.`, {
        cause: error,
      });
    throw error;
  }
}

/** Nobody alive owns the cluster (we hold the lock), so a server still on it was left behind. */
async function stopOrphan(dataDir, log) {
  const left = cluster.readPidFile(dataDir);
  if (!left || !isAlive(left.pid)) return;
  if (!commandLine(left.pid).includes(dataDir)) {
    // The pid belongs to a stranger now; PostgreSQL would mistake it for a running server.
    rmSync(join(dataDir, "postmaster.pid"), { force: true });
    return;
  }
  log(`Stopping PostgreSQL (process ${left.pid}), left behind by an earlier run`);
  for (const [name, graceMs] of [
    ["SIGINT", 10_000],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ]) {
    signal(left.pid, name);
    if (await waitForExit(left.pid, graceMs)) return;
  }
  throw new Error(`PostgreSQL (process ${left.pid}) on ${dataDir} does not stop`);
}

/** @returns the superuser's password */
function prepareCluster({ native, dataDir, identity, flags }, { password, keptIn }) {
  const stored =
    password === undefined ? cluster.storedPassword(join(keptIn, "secrets", "postgres-password")) : undefined;
  const secret = password ?? stored.password;
  const version = cluster.clusterVersion(dataDir);
  const place = { native, dataDir, identity };
  if (version === undefined) {
    makeRoom(dataDir);
    cluster.createCluster({ ...place, password: secret, extraFlags: flags.fsync === "off" ? ["--no-sync"] : [] });
  } else if (stored?.isNew) cluster.resetPassword(place, secret);
  return secret;
}

/** Nothing is deleted that is not ours: only an empty directory makes way. */
function makeRoom(dataDir) {
  try {
    if (existsSync(dataDir)) rmdirSync(dataDir);
  } catch (cause) {
    throw new Error(`${dataDir} is neither empty nor a database this user can open`, { cause });
  }
}

/** Starts the server; a port taken meanwhile and dying backends of a crashed server are waited out. */
async function launch({ port, ...options }) {
  const deadline = Date.now() + RETRY_MS;
  for (;;) {
    const chosen = port ?? (await freePort());
    try {
      return await launchOnce({ ...options, port: chosen });
    } catch (error) {
      const isPassing =
        /still in use|lock file .* already exists/.test(error.message) ||
        (!port && /Address already in use/.test(error.message));
      if (!isPassing || Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}

async function launchOnce({ native, dataDir, identity, port, flags, log }) {
  const before = cluster.readPidFile(dataDir)?.raw;
  const child = spawnServer([binary(native, "postgres"), "-D", dataDir, ...settings({ port, ...flags })], identity);
  const tail = collectLog(child, log);
  const exited = new Promise((done) =>
    child.once("exit", (code, by) => done(`exit ${code ?? by}: ${tail.join(" ").trim()}`)),
  );
  let failure = "";
  exited.then((text) => {
    failure = text;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const now = cluster.readPidFile(dataDir);
    if (failure) throw new Error(`PostgreSQL did not start (${failure})`);
    if (now && now.raw !== before && now.status === "ready") return running(child, now.pid, { port, exited });
    if (Date.now() > deadline) {
      child.stdin.destroy();
      throw new Error(`PostgreSQL was not ready after ${START_TIMEOUT_MS / 1000} s: ${tail.join(" ").trim()}`);
    }
    await sleep(15);
  }
}

function running(child, pid, { port, exited }) {
  // From here on nothing of the server keeps our event loop alive.
  for (const handle of [child, child.stdin, child.stdout, child.stderr]) handle?.unref?.();
  const stop = async () => {
    child.ref();
    child.stdin.destroy();
    for (const name of ["SIGINT", "SIGQUIT", "SIGKILL"]) {
      signal(pid, name);
      if (await waitForExit(pid, 8_000)) break;
    }
    await exited;
  };
  return { pid, port, exited, stop };
}

function spawnServer(command, identity) {
  const options = { ...identity, cwd: "/", env: cluster.CLUSTER_ENV, stdio: ["pipe", "ignore", "pipe"] };
  const child =
    process.platform === "win32"
      ? spawn(command[0], command.slice(1), options)
      : spawn("/bin/sh", ["-c", SUPERVISOR, "keyward-postgres", ...command], { ...options, detached: true });
  child.on("error", () => child.emit("exit", null, "spawn failed"));
  child.stdin.on("error", () => {});
  return child;
}

function collectLog(child, log) {
  const tail = [];
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    for (const line of chunk.split("\n").filter(Boolean)) {
      tail.push(line);
      if (tail.length > 12) tail.shift();
      if (!/ LOG: /.test(line)) log(line);
    }
  });
  return tail;
}

/** Settings for a small box that also runs the server: no parallel I/O workers, no JIT for short queries. */
function settings(overrides) {
  const megabytes = Math.floor(totalmem() / 1024 ** 2);
  const values = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: 100,
    shared_buffers: `${megabytes > 4096 ? 256 : 128}MB`,
    effective_cache_size: `${Math.max(256, Math.floor(megabytes / 2))}MB`,
    work_mem: "8MB",
    maintenance_work_mem: "64MB",
    wal_compression: "on",
    max_wal_size: "1GB",
    random_page_cost: "1.1",
    io_method: "sync",
    jit: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    log_min_messages: "warning",
    // Statements and refused rows are somebody's data: the log says what went wrong, not with what.
    log_error_verbosity: "terse",
    log_min_error_statement: "panic",
    log_checkpoints: "off",
    cluster_name: "keyward",
    ...overrides,
  };
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** A TCP port that was free a moment ago. */
export function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer().once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

function once(action) {
  let result;
  return () => {
    result ??= action();
    return result;
  };
}
