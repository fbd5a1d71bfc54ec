import { fork } from "node:child_process";
import { join } from "node:path";

export interface Child {
  url: string;
  stop(): void;
}

/** Runs a server script of `bench/` as a process of its own; it says its port over the channel. */
export async function startChild(script: string, args: readonly string[]): Promise<Child> {
  const child = fork(join(import.meta.dirname, "..", script), [...args], { execArgv: ["--import", "tsx"] });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message: { port: number }) => resolve(message.port));
    child.once("exit", (code) => reject(new Error(`${script} ended with ${code}`)));
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => void child.kill() };
}
