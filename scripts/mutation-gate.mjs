// `npm run mutation-gate [word …]`: takes the guards of lib/mutants.mjs away, one at a time and in a copy of the tree, and
// runs the tests that must notice. A guard nobody misses fails the gate. Words choose the guards that contain them.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { mutants } from "./lib/mutants.mjs";
import { prepare } from "./lib/prepare.mjs";
import { endAll, run } from "./lib/run.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
await prepare(root, fileURLToPath(import.meta.url));

const NOT_COPIED = new Set([".git", ".keyward", ".next", "dist", "node_modules"]);
const copy = mkdtempSync(join(tmpdir(), "kw-mutants-"));
const leave = () => rmSync(copy, { recursive: true, force: true });
for (const name of ["SIGINT", "SIGTERM"]) {
  process.once(name, () => {
    endAll();
    leave();
    process.exit(130);
  });
}
cpSync(root, copy, {
  recursive: true,
  filter: (path) => dirname(path) !== root || !NOT_COPIED.has(basename(path)),
});
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");

/** Runs tests in the copy. @returns how many passed and failed; a run that could not start counts none */
async function runTests(files, named) {
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const flags = ["--reporter=json", `--outputFile=${report}`, "--testNamePattern", named];
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  const { output } = await run([vitest, "run", ...flags, ...files], { cwd: copy });
  try {
    const { numPassedTests, numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8"));
    return {
      passed: numPassedTests,
      failed: numFailedTests,
      isBroken: numFailedTests === 0 && numFailedTestSuites > 0,
    };
  } catch {
    process.stderr.write(output);
    return { passed: 0, failed: 0, isBroken: true };
  }
}

async function verdictOn({ file, find, replace, tests, named }) {
  const path = join(copy, file);
  const original = readFileSync(path, "utf8");
  if (original.split(find).length !== 2) return { isKilled: false, verdict: "its text must stand there once" };
  writeFileSync(
    path,
    original.replace(find, () => replace),
  );
  const { passed, failed, isBroken } = await runTests(tests, named);
  writeFileSync(path, original);
  if (isBroken) return { isKilled: false, verdict: "the tests could not run" };
  if (passed + failed === 0) return { isKilled: false, verdict: "no test has that name" };
  return failed > 0
    ? { isKilled: true, verdict: `noticed by ${failed} test${failed > 1 ? "s" : ""}` }
    : { isKilled: false, verdict: "SURVIVED" };
}

const words = process.argv.slice(2);
const chosen = mutants.filter(({ guard }) => words.length === 0 || words.some((word) => guard.includes(word)));

// With every guard in place the same tests must pass, or their failing says nothing.
const files = [...new Set(chosen.flatMap(({ tests }) => tests))];
const control = await runTests(files, chosen.map(({ named = "" }) => `(?:${named})`).join("|"));
let survivors = 0;
if (control.failed > 0 || control.passed === 0) {
  process.stdout.write(`✗ with every guard in place ${control.failed} tests fail and ${control.passed} pass\n`);
  survivors = chosen.length || 1;
} else {
  process.stdout.write(`✓ with every guard in place ${control.passed} tests pass\n`);
  for (const mutant of chosen) {
    const { isKilled, verdict } = await verdictOn(mutant);
    if (!isKilled) survivors++;
    process.stdout.write(`${isKilled ? "✓" : "✗"} without: ${mutant.guard.padEnd(62)} ${verdict}\n`);
  }
  process.stdout.write(`${chosen.length - survivors} of ${chosen.length} removals noticed\n`);
}
leave();
process.exit(survivors > 0 ? 1 : 0);
