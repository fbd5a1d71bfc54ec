// Whether a process is still the one we knew, and a lock file that a dead owner cannot hold.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** True while the process exists, also when it belongs to somebody else. */
export function isAlive(pid) {
  if (isZombie(pid)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** A killed child that nobody reaped yet answers signals, but runs no code any more. */
function isZombie(pid) {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** The command line of a process, or "" when it is gone or hidden. */
export function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    if (process.platform === "linux" || process.platform === "win32") return "";
  }
  try {
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}

/** A process's start, as the kernel counts it; tells a recycled pid from its former holder. "" where unknown. */
export function startMark(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

/** Sends a signal and forgives a process that has just gone. */
export function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** Resolves to true once the process is gone, to false after `timeoutMs`. */
export async function waitForExit(pid, timeoutMs) {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/**
 * Takes a lock file for this process; a file left by a dead owner is replaced.
 * @returns the release function
 * @throws {Error} with `holder` (a pid) while another live process holds it
 */
export function acquireLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = JSON.stringify({ pid: process.pid, start: startMark(process.pid) });
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      writeFileSync(path, mine, { flag: "wx", mode: 0o600 });
      return () => releaseLock(path, mine);
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const holder = liveHolder(path);
    if (holder) throw Object.assign(new Error(`Process ${holder} is using ${path}`), { holder });
    rmSync(path, { force: true });
  }
  throw new Error(`${path} keeps coming back: is another process starting at the same time?`);
}

function liveHolder(path) {
  try {
    const { pid, start } = JSON.parse(readFileSync(path, "utf8"));
    return Number.isInteger(pid) && isAlive(pid) && startMark(pid) === start ? pid : undefined;
  } catch {
    return undefined;
  }
}

function releaseLock(path, mine) {
  try {
    if (readFileSync(path, "utf8") === mine) rmSync(path, { force: true });
  } catch {
    // Somebody removed it already, which is what we wanted.
  }
}
