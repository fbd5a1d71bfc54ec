import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 4);

interface Transaction {
  url: string;
  sql: string;
  clients?: number;
  /** How statements are sent: prepared once, or each as text, as psql does. */
  protocol?: "prepared" | "simple";
  /** How often each client runs it; by default for as long as every measurement lasts. */
  times?: number;
}

/** Transactions per second of a script under pgbench (Debian's postgresql-15). */
export async function pgbench({ url, sql, clients = 8, protocol = "prepared", times }: Transaction): Promise<number> {
  const file = join(mkdtempSync(join(tmpdir(), "keyward-bench-")), "script.sql");
  writeFileSync(file, sql);
  const length = times ? ["-t", String(times)] : ["-T", String(SECONDS)];
  const flags = ["-n", "-M", protocol, "-c", String(clients), "-j", "1", ...length, "-f", file];
  const { stdout, stderr } = await run("pgbench", [...flags, url]);
  const rate = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
  if (!(rate > 0) || /aborted|ERROR/.test(stderr)) throw new Error(`pgbench failed\n${stdout}\n${stderr}`);
  return rate;
}
