// Child processes that do not outlive us: each leads a group, and the group ends with its leader or with us.
import { spawn } from "node:child_process";
import { signal } from "./process-lock.mjs";

const groups = new Set();

/** Ends every group still there; called when we are told to stop. */
export function endAll(name = "SIGTERM") {
  for (const pid of groups) endGroup(pid, name);
}

/**
 * Runs a program of node_modules or a script of ours on this Node and collects what it prints.
 * @param args what follows `node`
 * @param options `env` added to ours; `live` prints as it goes
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function run(args, { env = {}, live = false, cwd } = {}) {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  groups.add(child.pid);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk) => {
      output += chunk;
      if (live) process.stdout.write(chunk);
    });
  }
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ ok: false, output: String(error) }));
    child.once("exit", (code) => {
      endGroup(child.pid, "SIGKILL");
      groups.delete(child.pid);
      // What a grandchild still holds open must not hold us.
      setTimeout(() => resolve({ ok: code === 0, output }), 50);
    });
  });
}

function endGroup(pid, name) {
  try {
    signal(-pid, name);
  } catch (error) {
    if (error.code !== "EPERM") throw error; // what is left of the group belongs to PostgreSQL's user, which ends by itself
  }
}
