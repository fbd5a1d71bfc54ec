// What every script does first, on whatever Node the host has.
import { ensureInstalled } from "./install.mjs";
import { ensureRuntime } from "./runtime.mjs";

/** Installs the packages and goes on with `script` on the pinned Node; ends the process with one line when it cannot. */
export async function prepare(root, script) {
  try {
    ensureInstalled(root);
    await ensureRuntime(root, script);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
}
