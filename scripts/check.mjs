// `npm run check`: everything that needs neither a build nor a browser, one after the other.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepare } from "./lib/prepare.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
await prepare(root, fileURLToPath(import.meta.url));
const { runCheck, staticChecks } = await import("./lib/checks.mjs");
const { endAll, run } = await import("./lib/run.mjs");
for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => endAll(name));

let failed = 0;
for (const check of staticChecks) {
  const { name, ok, output } = await runCheck(check);
  process.stdout.write(ok ? `✓ ${name}\n` : `✗ ${name}\n${output}\n`);
  if (!ok) failed++;
}
const tests = await run([join("node_modules", "vitest", "vitest.mjs"), "run"], { live: true });
process.exit(failed > 0 || !tests.ok ? 1 : 0);
