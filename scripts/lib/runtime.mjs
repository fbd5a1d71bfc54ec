// Everything runs on the Node that npm installed, whatever the host has.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";

const OLDEST = [22, 12];

/** Path of the pinned Node, undefined when npm has none that runs here. */
export function pinnedNode(root) {
  const path = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");
  if (!existsSync(path)) return undefined;
  return spawnSync(path, ["--version"], { stdio: "ignore" }).status === 0 ? path : undefined;
}

/**
 * Makes sure the calling script runs on the pinned Node: returns when it does, else runs it again there and ends with
 * that run's exit code. Without a pinned Node for this platform the host's serves, if it is new enough.
 */
export async function ensureRuntime(root, script) {
  endWithNpm();
  // Children started by name (`node …`) get the same one.
  process.env.PATH = `${join(root, "node_modules", ".bin")}${process.platform === "win32" ? ";" : ":"}${process.env.PATH ?? ""}`;
  const pinned = pinnedNode(root);
  if (pinned && isSame(pinned, process.execPath)) return;
  if (pinned) process.exit(await runAgain(pinned, script));
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new Error(
    `No Node for ${process.platform}-${process.arch} came from npm; install Node ${OLDEST.join(".")} or newer.`,
  );
}

/** npm puts a shell between itself and us, which dies of a signal without passing it on. */
function endWithNpm() {
  if (!process.env.npm_lifecycle_event || process.platform === "win32") return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 500);
  watch.unref();
}

function isSame(one, other) {
  return realpathSync(one) === realpathSync(other);
}

/** Signals go on to the child; the open channel tells it when we are gone without having been able to say so. */
function runAgain(node, script) {
  const child = spawn(node, [script, ...process.argv.slice(2)], { stdio: ["inherit", "inherit", "inherit", "ipc"] });
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => child.kill(name));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}
