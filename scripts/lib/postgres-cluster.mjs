// A PostgreSQL data directory: making one, reading its pid file, running single statements without a server.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { binary } from "./postgres-binaries.mjs";

export const SUPERUSER = "postgres";
export const DATABASE = "keyward";

/** PostgreSQL gets no environment of ours: it needs none, and ours may hold secrets. */
export const CLUSTER_ENV = {
  PATH: process.env.PATH,
  LC_ALL: "C",
  TZ: "UTC",
  ...(process.env.SYSTEMROOT && { SYSTEMROOT: process.env.SYSTEMROOT }),
};

/** The major version a data directory was made by, undefined when there is none yet. */
export function clusterVersion(dataDir) {
  const file = join(dataDir, "PG_VERSION");
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

/** Makes the data directory beside its final place and moves it there when complete, so a crash leaves no half. */
export function createCluster({ native, dataDir, identity, password, extraFlags = [] }) {
  const draft = `${dataDir}.new`;
  rmSync(draft, { recursive: true, force: true });
  ownDirectory(draft, identity);
  const scratch = mkdtempSync(join(tmpdir(), "keyward-initdb-"));
  try {
    giveTo(scratch, identity);
    const passwordFile = join(scratch, "password");
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    giveTo(passwordFile, identity);
    run({ native, identity }, "initdb", { args: initdbFlags(draft, passwordFile, extraFlags) });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  runSingle({ native, dataDir: draft, identity }, `CREATE DATABASE ${DATABASE}`);
  renameSync(draft, dataDir);
}

/** Runs one statement with no server up. @throws {Error} when PostgreSQL reports one */
export function runSingle({ native, dataDir, identity }, statement) {
  run({ native, identity }, "postgres", {
    args: ["--single", "-F", "-D", dataDir, SUPERUSER],
    input: `${statement};\n`,
  });
}

/** Sets the superuser's password of a cluster that is not running. */
export function resetPassword(cluster, password) {
  runSingle(cluster, `ALTER ROLE ${SUPERUSER} PASSWORD '${password.replaceAll("'", "''")}'`);
}

/** What postmaster.pid says; undefined without one. Line meanings: PostgreSQL's `miscadmin.h`. */
export function readPidFile(dataDir) {
  try {
    const raw = readFileSync(join(dataDir, "postmaster.pid"), "utf8");
    const lines = raw.split("\n");
    return { raw, pid: Number(lines[0]), port: Number(lines[3]), status: lines[7]?.trim() };
  } catch {
    return undefined;
  }
}

/** The stored password, made at first use. `isNew` when it was made just now. */
export function storedPassword(file) {
  if (existsSync(file)) return { password: readFileSync(file, "utf8").trim(), isNew: false };
  const password = randomBytes(24).toString("base64url");
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return { password, isNew: true };
}

/** The same order and case rules on every host: PostgreSQL's own Unicode tables, not the C library's. */
function initdbFlags(dataDir, passwordFile, extraFlags) {
  return [
    `--pgdata=${dataDir}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
    ...extraFlags,
  ];
}

function run({ native, identity }, name, { args, input }) {
  const result = spawnSync(binary(native, name), args, {
    ...identity,
    cwd: "/",
    env: CLUSTER_ENV,
    encoding: "utf8",
    input,
  });
  if (result.error) throw result.error;
  // `postgres --single` exits with 0 even when the statement failed.
  const failure = /^.*\b(ERROR|FATAL|PANIC): .*$/m.exec(result.stderr)?.[0];
  if (result.status !== 0 || failure)
    throw new Error(
      `PostgreSQL's ${name} failed (${result.status ?? result.signal}): ${failure ?? result.stderr.trim()}`,
    );
}

function ownDirectory(path, identity) {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o700);
  giveTo(path, identity);
}

function giveTo(path, identity) {
  if (identity) chownSync(path, identity.uid, identity.gid);
}
