import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

/** Waits until nobody reads its output any more, and ends in its own time. */
const PROCESS = `
  const { log } = await import("./agent/log.ts");
  process.stdin.once("end", () => {
    log.info("nobody reads this");
    log.warn("nor this");
    setTimeout(() => process.exit(0), 300);
  }).resume();
  log.info("ready");
  log.warn("ready");`;

it("an agent goes on when nobody reads what it says any more", { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", PROCESS]);
  await Promise.all([once(child.stdout, "readable"), once(child.stderr, "readable")]);
  child.stdout.destroy();
  child.stderr.destroy();
  const ended = once(child, "exit");
  child.stdin.end();
  expect(await ended).toEqual([0, null]);
});
