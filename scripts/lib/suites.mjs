// The two test runners, and what their reports add up to.
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { run } from "./run.mjs";

/** @returns {Promise<{ name: string, passed: number, failed: number, output: string }>} what failed is in `output` */
export async function unitTests() {
  const report = join(process.env.TMPDIR, "vitest.json");
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { ok } = await run([join("node_modules", "vitest", "vitest.mjs"), ...args], { live: true });
  const { numPassedTests = 0, numTotalTests = 0, numFailedTestSuites = 0, testResults = [] } = readReport(report);
  // A skipped test is a guarantee nobody checked, so whatever did not pass has failed.
  return totals("vitest", {
    ok,
    passed: numPassedTests,
    failed: Math.max(numTotalTests - numPassedTests, numFailedTestSuites && 1),
    output: testResults.flatMap(unitFailures).join("\n"),
  });
}

function unitFailures({ name: path, status, message, assertionResults }) {
  const file = relative(process.cwd(), path);
  const failed = assertionResults.filter((result) => result.status === "failed");
  if (status === "failed" && failed.length === 0) return [`${file}\n${message}`];
  return failed.map(({ fullName, failureMessages }) => `${file} › ${fullName}\n${failureMessages.join("\n")}`);
}

/** @returns {Promise<{ name: string, passed: number, failed: number, output: string }>} what failed is in `output` */
export async function browserTests(chromium) {
  const report = join(process.env.TMPDIR, "playwright.json");
  const { ok } = await run([join("node_modules", "@playwright", "test", "cli.js"), "test", "--reporter=list,json"], {
    live: true,
    env: { KEYWARD_CHROMIUM: chromium, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  });
  const { stats = {}, suites = [], errors = [] } = readReport(report);
  const { expected = 0, unexpected = 0, flaky = 0, skipped = 0 } = stats;
  return totals("playwright", {
    ok,
    passed: expected,
    failed: unexpected + flaky + skipped,
    output: [...errors.map(({ message }) => message), ...suites.flatMap(browserFailures)].join("\n"),
  });
}

function browserFailures({ specs = [], suites = [] }) {
  const failed = specs.filter(({ ok }) => !ok);
  return [
    ...failed.map(({ file, line, title, tests }) => `e2e/${file}:${line} › ${title}\n${messagesOf(tests)}`),
    ...suites.flatMap(browserFailures),
  ];
}

function messagesOf(tests) {
  return tests
    .flatMap(({ results }) => results.flatMap(({ errors }) => errors.map(({ message }) => message)))
    .join("\n");
}

/** A runner that breaks before it can count has failed, too. */
function totals(name, { ok, passed, failed, output }) {
  return { name, passed, failed: ok ? failed : Math.max(1, failed), output };
}

function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}
