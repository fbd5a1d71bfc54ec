import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

interface Load {
  url: string;
  headers?: Record<string, string>;
  /** A Lua script that makes the requests, with its arguments. */
  script?: readonly string[];
  seconds?: number;
  connections?: number;
}

export const CONNECTIONS = 16;
export const SECONDS = Number(process.env.BENCH_SECONDS ?? 4);

/** What wrk (Debian's package) printed. @throws {Error} when any answer was not 2xx */
async function wrkOutput({ url, headers = {}, script = [], seconds = SECONDS, connections = CONNECTIONS }: Load) {
  const flags = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const [file, ...rest] = script;
  const scripted = file ? ["-s", file] : [];
  const base = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "--latency"];
  const { stdout } = await run("wrk", [...base, ...flags, ...scripted, url, ...(file ? ["--", ...rest] : [])]);
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1];
  if (bad) throw new Error(`${url}: ${bad} answers were refusals\n${stdout}`);
  return stdout;
}

/** Requests per second. @throws {Error} when any answer was not 2xx */
export async function wrk(load: Load): Promise<number> {
  const stdout = await wrkOutput(load);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  if (!(rate > 0)) throw new Error(`wrk printed no rate for ${load.url}\n${stdout}`);
  return rate;
}

const MILLISECONDS: Record<string, number> = { us: 0.001, ms: 1, s: 1000 };

/** How long 99 of 100 answers take at most, in milliseconds. @throws {Error} when any answer was not 2xx */
export async function wrkP99(load: Load): Promise<number> {
  const stdout = await wrkOutput(load);
  const [, value, unit = ""] = /\b99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  const p99 = Number(value) * (MILLISECONDS[unit] ?? Number.NaN);
  if (!(p99 > 0)) throw new Error(`wrk printed no latencies for ${load.url}\n${stdout}`);
  return p99;
}
