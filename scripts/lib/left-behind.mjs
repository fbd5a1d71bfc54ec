// Processes that should have ended with the tests that started them.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLine, signal } from "./process-lock.mjs";

const GRACE_MS = 8_000;

/**
 * Ends what still runs with `mark` (a directory made for the run) in its arguments or environment.
 * @returns one line for each such process that did not end by itself; always empty where there is no /proc
 */
export async function leftBehind(mark) {
  const deadline = Date.now() + GRACE_MS;
  let found = withMark(mark);
  while (found.length > 0 && Date.now() < deadline) {
    await sleep(100);
    found = withMark(mark);
  }
  const lines = found.map((pid) => `${pid} ${commandLine(pid)}`);
  for (const pid of found) signal(pid, "SIGKILL");
  return lines;
}

function withMark(mark) {
  if (process.platform !== "linux") return [];
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.map(Number).filter((pid) => commandLine(pid).includes(mark) || environment(pid).includes(mark));
}

function environment(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return "";
  }
}
