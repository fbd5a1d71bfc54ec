// `npm test`: everything, from a fresh clone, with one line of totals at the end and no process left behind.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepare } from "./lib/prepare.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
await prepare(root, fileURLToPath(import.meta.url));
const { ensureBuilt } = await import("./lib/build.mjs");
const { runCheck, staticChecks } = await import("./lib/checks.mjs");
const { ensureChromium } = await import("./lib/chromium.mjs");
const { leftBehind } = await import("./lib/left-behind.mjs");
const { ensureNetworkTools } = await import("./lib/network-tools.mjs");
const { browserTests, unitTests } = await import("./lib/suites.mjs");
const { endAll } = await import("./lib/run.mjs");

// Whatever the tests make lies below one directory, by which their processes are recognised, too. It is kept short
// because sockets live in it, and open because PostgreSQL's user works in it.
const scratch = mkdtempSync(join(tmpdir(), "kw-"));
chmodSync(scratch, 0o755);
process.env.TMPDIR = scratch;

const results = [];

function report({ name, passed, failed, output = "" }) {
  results.push({ name, passed, failed, output });
  const seconds = Math.round(performance.now() / 1000);
  process.stdout.write(`${failed > 0 ? "✗" : "✓"} ${name} (${passed} passed, ${failed} failed, at ${seconds} s)\n`);
  if (failed > 0 && output) process.stdout.write(`${output}\n`);
}

async function check(one) {
  const { name, ok, output } = await runCheck(one);
  report({ name, passed: ok ? 1 : 0, failed: ok ? 0 : 1, output });
}

/** Nothing but the checks runs beside the build: two cores are soon full. */
async function buildAndCheck() {
  const beside = (async () => {
    for (const one of staticChecks.filter(({ afterBuild }) => !afterBuild)) await check(one);
  })();
  const built = await attempt("build", () => ensureBuilt(root));
  await beside;
  for (const one of staticChecks.filter(({ afterBuild }) => afterBuild)) await check(one);
  return built;
}

async function attempt(name, action) {
  try {
    const value = await action();
    report({ name, passed: 1, failed: 0 });
    return value ?? true;
  } catch (error) {
    report({ name, passed: 0, failed: 1, output: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

async function finish() {
  const left = await leftBehind(scratch);
  if (left.length > 0)
    report({ name: "processes left behind", passed: 0, failed: left.length, output: left.join("\n") });
  rmSync(scratch, { recursive: true, force: true });
}

async function interrupted(name) {
  endAll();
  await finish();
  process.stderr.write(`Stopped by ${name}\n`);
  process.exit(130);
}

for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, () => interrupted(name));
process.once("disconnect", () => interrupted("the end of the parent process"));

ensureNetworkTools();
const isBuilt = await buildAndCheck();
report(await unitTests());
const chromium = isBuilt && (await attempt("chromium", ensureChromium));
if (chromium) report(await browserTests(chromium));
await finish();

// Once more at the end, where whoever looks after a quarter of an hour finds it.
for (const { name, failed, output } of results) if (failed > 0) process.stdout.write(`\n✗ ${name}\n${output}\n`);

const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
process.stdout.write(
  `\n${results.map(({ name, passed, failed }) => `  ${name}: ${passed} passed, ${failed} failed`).join("\n")}\n`,
);
process.stdout.write(`${total("passed")} passed, ${total("failed")} failed\n`);
process.exit(total("failed") > 0 ? 1 : 0);
