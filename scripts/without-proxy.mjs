// `npm run without-proxy`: builds a copy of the tree that has no proxy.ts and runs the browser tests on it. Only those of
// lib/about-the-proxy.mjs may fail there, and all of them must: one that passes is not about the proxy.
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { aboutTheProxy } from "./lib/about-the-proxy.mjs";
import { prepare } from "./lib/prepare.mjs";
import { endAll, run } from "./lib/run.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
await prepare(root, fileURLToPath(import.meta.url));
const { ensureChromium } = await import("./lib/chromium.mjs");

// Open, because PostgreSQL's user works in it, and short, because sockets live in it.
const scratch = mkdtempSync(join(tmpdir(), "kw-"));
chmodSync(scratch, 0o755);
const copy = join(scratch, "tree");
const leave = () => rmSync(scratch, { recursive: true, force: true });
for (const name of ["SIGINT", "SIGTERM"]) {
  process.once(name, () => {
    endAll();
    leave();
    process.exit(130);
  });
}

/** The tree without its proxy; its packages are ours, which the bundler must be told are within its reach. */
function makeCopy() {
  const notCopied = new Set([".git", ".keyward", ".next", "dist", "node_modules", "proxy.ts"]);
  cpSync(root, copy, {
    recursive: true,
    filter: (path) => dirname(path) !== root || !notCopied.has(basename(path)),
  });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
  const config = join(copy, "next.config.mjs");
  const text = readFileSync(config, "utf8");
  const narrow = "turbopack: { root: import.meta.dirname }";
  if (!text.includes(narrow)) throw new Error(`next.config.mjs does not say "${narrow}" any more`);
  writeFileSync(
    config,
    text.replace(narrow, () => 'turbopack: { root: "/" }'),
  );
}

/** Every test of the report as `file › title`, with how it ended; one that was not run did not pass. */
function* endings({ suites = [], specs = [] }) {
  for (const { file, title, tests } of specs) {
    yield { name: `${file} › ${title}`, ok: tests.every(({ status }) => status === "expected") };
  }
  for (const suite of suites) yield* endings(suite);
}

async function runBrowserTests() {
  const report = join(scratch, "report.json");
  const cli = join("node_modules", "@playwright", "test", "cli.js");
  const { output } = await run([cli, "test", "--reporter=list,json", ...process.argv.slice(2)], {
    cwd: copy,
    live: true,
    env: { KEYWARD_CHROMIUM: await ensureChromium(), PLAYWRIGHT_JSON_OUTPUT_FILE: report, TMPDIR: scratch },
  });
  try {
    return [...endings(JSON.parse(readFileSync(report, "utf8")))];
  } catch {
    throw new Error(`The browser tests wrote no report\n${output}`);
  }
}

function verdict(results) {
  const expected = new Set(aboutTheProxy.map(({ test }) => test));
  const failed = results.filter(({ ok }) => !ok).map(({ name }) => name);
  const unguarded = failed.filter((name) => !expected.has(name));
  const passedAnyway = results.filter(({ name, ok }) => ok && expected.has(name)).map(({ name }) => name);
  for (const name of unguarded) process.stdout.write(`✗ needs the proxy and should not: ${name}\n`);
  for (const name of passedAnyway) process.stdout.write(`✗ is listed and does not need the proxy: ${name}\n`);
  process.stdout.write(
    `without proxy.ts ${results.length - failed.length} of ${results.length} browser tests pass; ` +
      `${failed.length - unguarded.length} fail because they are about it, ${unguarded.length} for another reason\n`,
  );
  return results.length > 0 && unguarded.length === 0 && passedAnyway.length === 0;
}

let ok = false;
try {
  makeCopy();
  const built = await run(["scripts/build.mjs"], { cwd: copy, live: true });
  if (!built.ok) throw new Error("The copy could not be built");
  ok = verdict(await runBrowserTests());
} finally {
  leave();
}
process.exit(ok ? 0 : 1);
