// The two test runners, and what their reports add up to.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.mjs";

/** @returns {Promise<{ name: string, passed: number, failed: number }>} */
export async function unitTests() {
  const report = join(process.env.TMPDIR, "vitest.json");
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { ok } = await run([join("node_modules", "vitest", "vitest.mjs"), ...args], { live: true });
  const { numPassedTests = 0, numTotalTests = 0, numFailedTestSuites = 0 } = readReport(report);
  // A skipped test is a guarantee nobody checked, so whatever did not pass has failed.
  return totals("vitest", {
    ok,
    passed: numPassedTests,
    failed: Math.max(numTotalTests - numPassedTests, numFailedTestSuites && 1),
  });
}

/** @returns {Promise<{ name: string, passed: number, failed: number }>} */
export async function browserTests(chromium) {
  const report = join(process.env.TMPDIR, "playwright.json");
  const { ok } = await run([join("node_modules", "@playwright", "test", "cli.js"), "test", "--reporter=list,json"], {
    live: true,
    env: { KEYWARD_CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  });
  const { expected = 0, unexpected = 0, flaky = 0, skipped = 0 } = readReport(report).stats ?? {};
  return totals("playwright", { ok, passed: expected, failed: unexpected + flaky + skipped });
}

/** A runner that breaks before it can count has failed, too. */
function totals(name, { ok, passed, failed }) {
  return { name, passed, failed: ok ? failed : Math.max(1, failed) };
}

function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}
