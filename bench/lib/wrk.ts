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
const SECONDS = Number(process.env.BENCH_SECONDS ?? 4);

/** Requests per second under wrk (Debian's package). @throws {Error} when any answer was not 2xx */
export async function wrk({
  url,
  headers = {},
  script = [],
  seconds = SECONDS,
  connections = CONNECTIONS,
}: Load): Promise<number> {
  const flags = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const [file, ...rest] = script;
  const scripted = file ? ["-s", file] : [];
  const base = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s"];
  const { stdout } = await run("wrk", [...base, ...flags, ...scripted, url, ...(file ? ["--", ...rest] : [])]);
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1];
  if (bad) throw new Error(`${url}: ${bad} answers were refusals\n${stdout}`);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  if (!(rate > 0)) throw new Error(`wrk printed no rate for ${url}\n${stdout}`);
  return rate;
}
