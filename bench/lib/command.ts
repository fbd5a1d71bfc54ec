import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const READY_MS = 120_000;

interface Command {
  cwd: string;
  args: readonly string[];
  env?: Record<string, string>;
}

interface Service extends Command {
  /** An address that answers 2xx when the service is ready. */
  ready: string;
}

function start({ cwd, args, env = {} }: Command) {
  const child = spawn(process.execPath, [...args], {
    cwd,
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  // Where a row fails, nothing it started stays.
  process.once("exit", () => child.kill());
  return { child, failure: () => new Error(`${args.join(" ")} ended with ${child.exitCode}\n${printed}`) };
}

/** Runs a script of a package to its end. */
export async function runNode(command: Command): Promise<void> {
  const { child, failure } = start(command);
  await once(child, "close");
  if (child.exitCode !== 0) throw failure();
}

/** Starts a server that is not ours and waits for it. */
export async function startService({ ready, ...command }: Service): Promise<{ stop(): Promise<void> }> {
  const { child, failure } = start(command);
  const until = Date.now() + READY_MS;
  while (!(await fetch(ready, { redirect: "manual" }).catch(() => undefined))?.ok) {
    if (child.exitCode !== null || Date.now() > until) throw failure();
    await sleep(200);
  }
  return {
    async stop() {
      if (child.exitCode !== null) return;
      child.kill();
      await once(child, "exit");
    },
  };
}
