import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

/** Waits until its standard output was closed, logs, and says on the other one that it came to its end. */
const PROCESS = `
  const { log } = await import("./server/core/log.ts");
  process.stdin.once("end", () => {
    for (let line = 0; line < 3; line += 1) log.error("nobody reads this");
    log.fatal("nor this");
    process.stderr.write("done");
    process.exit(0);
  }).resume();
  log.info("ready");`;

it("a log that nobody reads any more keeps nobody from going on", { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", PROCESS], {
    env: { ...process.env, KEYWARD_LOG_LEVEL: "info" },
  });
  let said = "";
  child.stderr.on("data", (some: Buffer) => {
    said += some.toString();
  });
  // Closed with the first line unread, so that its end is told as a reset and after that as a broken pipe.
  await once(child.stdout, "readable");
  child.stdout.destroy();
  const ended = once(child, "exit");
  child.stdin.end();
  expect(await ended).toEqual([0, null]);
  expect(said).toBe("done");
});
