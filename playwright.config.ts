import { userInfo } from "node:os";
import { defineConfig, devices } from "@playwright/test";
import { findChromium } from "./scripts/lib/chromium.mjs";

const executablePath = await findChromium();
// Chromium refuses to run its sandbox as root; as anybody else it keeps it.
const args = userInfo().uid === 0 ? ["--no-sandbox"] : [];

export default defineConfig({
  testDir: "e2e",
  testMatch: "**/*.spec.ts",
  globalSetup: "./e2e/global-setup.ts",
  outputDir: "test-results",
  forbidOnly: true,
  retries: 0,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    // Set by the global setup, before the workers read this file.
    baseURL: process.env.KEYWARD_E2E_URL,
    locale: "en-GB",
    timezoneId: "UTC",
    trace: "retain-on-failure",
    launchOptions: { executablePath, args },
  },
  projects: [{ name: "chromium", use: devices["Desktop Chrome"] }],
});
