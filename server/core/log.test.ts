import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

/**
 * Waits until nobody reads its output any more, prints in every way, as Next does also what failed meanwhile, and ends
 * with the number of failures.
 */
const PROCESS = `
  const { log } = await import("./server/core/log.ts");
  let failures = 0;
  process.on("uncaughtException", (error) => {
    failures += 1;
    console.error(error);
  });
  process.stdin.once("end", () => {
    for (let line = 0; line < 3; line += 1) log.error("nobody reads this");
    console.error("nor this");
    console.log("nor this");
    log.fatal("nor this");
    setTimeout(() => process.exit(Math.min(failures, 100)), 300);
  }).resume();
  console.error("ready");
  log.info("ready");`;

it("output that nobody reads any more keeps nobody from going on", { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", PROCESS], {
    env: { ...process.env, KEYWARD_LOG_LEVEL: "info" },
  });
  // Closed with the first line unread, so that its end is told as a reset and after that as a broken pipe.
  await Promise.all([once(child.stdout, "readable"), once(child.stderr, "readable")]);
  child.stdout.destroy();
  child.stderr.destroy();
  const ended = once(child, "exit");
  child.stdin.end();
  expect(await ended).toEqual([0, null]);
});
