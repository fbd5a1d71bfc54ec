import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { run, tryRun } from "@/agent/gateway/program";
import type { System } from "@/agent/tunnel/system";

const PROGRAMS = ["unshare", "nsenter", "ip", "ping", "wg", "wg-quick", "wireguard-go"];

const works = (program: string, args: readonly string[]): boolean =>
  spawnSync(program, args, { stdio: "ignore" }).status === 0;

/** Why no tunnel can be tried between sandboxes here; empty if it can. */
export function sandboxObstacles(): string[] {
  if (process.platform !== "linux") return ["it is not Linux"];
  const missing = PROGRAMS.filter((program) => !works("sh", ["-c", `command -v ${program}`]));
  if (missing.length > 0) return [`missing: ${missing.join(", ")}`];
  return works("unshare", ["-Urnm", "true"]) ? [] : ["user namespaces are not allowed"];
}

/** Waits, with nothing to do, for its standard input to end; /run is its own, where wireguard-go has its sockets. */
const HOLD = "mount -t tmpfs none /run && ip link set lo up && echo ready && exec cat";

/** A process that keeps the namespaces it was started in, until it is killed. */
export async function hold(program: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program, [...args, "sh", "-c", HOLD], { stdio: ["pipe", "pipe", "inherit"] });
  const end = await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
  if (!Buffer.isBuffer(end[0])) throw new Error(`${program} made no namespaces: user namespaces must be allowed here`);
  return child;
}

/** A machine of its own as far as its network goes, for which nobody has to be root. */
export class SandboxMachine implements System {
  readonly run: typeof run;
  readonly tryRun: typeof tryRun;

  constructor(private readonly holder: ChildProcess) {
    this.run = (program, args, input) => run("nsenter", [...this.enter(), program, ...args], input);
    this.tryRun = (program, args) => tryRun("nsenter", [...this.enter(), program, ...args]);
  }

  get pid(): string {
    return String(this.holder.pid);
  }

  enter(): string[] {
    return ["-t", this.pid, "-U", "-m", "-n", "--preserve-credentials"];
  }

  async obstacle(): Promise<string | undefined> {
    return undefined;
  }

  /** Whether an address answers an echo request within some seconds. */
  async reaches(address: string): Promise<boolean> {
    return (await this.tryRun("ping", ["-n", "-c", "1", "-W", "5", address])) !== undefined;
  }

  /** Ends its interfaces as well, and with them what serves them. */
  async dispose(): Promise<void> {
    for (const name of ((await this.tryRun("wg", ["show", "interfaces"])) ?? "").split(/\s+/).filter(Boolean)) {
      await this.tryRun("ip", ["link", "delete", "dev", name]);
    }
    this.holder.kill("SIGKILL");
  }
}

/** Two machines with a cable between them: 192.0.2.1 and 192.0.2.2. */
export async function twoMachines(): Promise<readonly [SandboxMachine, SandboxMachine]> {
  const one = new SandboxMachine(await hold("unshare", ["-Urnm"]));
  const other = new SandboxMachine(await hold("nsenter", [...one.enter(), "unshare", "-nm"]));
  await one.run("ip", ["link", "add", "wire1", "type", "veth", "peer", "name", "wire2", "netns", other.pid]);
  for (const [machine, number] of [
    [one, 1],
    [other, 2],
  ] as const) {
    await machine.run("ip", ["address", "add", `192.0.2.${number}/24`, "dev", `wire${number}`]);
    await machine.run("ip", ["link", "set", `wire${number}`, "up"]);
  }
  return [one, other];
}
