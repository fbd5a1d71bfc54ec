import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { run, tryRun } from "@/agent/gateway/program";
import type { System } from "@/agent/tunnel/system";

const PROGRAMS = ["unshare", "nsenter", "ip", "ping", "wg", "wg-quick", "wireguard-go"];

const works = (program: string, args: readonly string[]): boolean =>
  spawnSync(program, args, { stdio: "ignore" }).status === 0;

/** Why no tunnel can be tried between sandboxes here, with these programs besides; empty if it can. */
export function sandboxObstacles(...besides: string[]): string[] {
  if (process.platform !== "linux") return ["it is not Linux"];
  const missing = [...PROGRAMS, ...besides].filter((program) => !works("sh", ["-c", `command -v ${program}`]));
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
  private readonly started: ChildProcess[] = [];

  constructor(private readonly holder: ChildProcess) {
    this.run = (program, args, input) => run("nsenter", [...this.enter(), program, ...args], input);
    this.tryRun = (program, args, input) => tryRun("nsenter", [...this.enter(), program, ...args], input);
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

  /** Starts a program that goes on until the machine ends. */
  start(program: string, args: readonly string[]): ChildProcess {
    const child = spawn("nsenter", [...this.enter(), program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    this.started.push(child);
    return child;
  }

  /** Whether an address answers an echo request within some seconds. */
  async reaches(address: string): Promise<boolean> {
    return (await this.tryRun("ping", ["-n", "-c", "1", "-W", "5", address])) !== undefined;
  }

  /** Has it that a program is not there, for this machine alone. */
  async hide(name: string): Promise<void> {
    for (let at = await this.find(name); at; at = await this.find(name)) {
      await this.run("mount", ["--bind", "/dev/null", at]);
    }
  }

  private async find(name: string): Promise<string | undefined> {
    return (await this.tryRun("sh", ["-c", 'readlink -f "$(command -v "$1")"', "sh", name]))?.trim();
  }

  /** Ends its interfaces as well, and with them what serves them. */
  async dispose(): Promise<void> {
    for (const child of this.started) child.kill("SIGKILL");
    for (const name of ((await this.tryRun("wg", ["show", "interfaces"])) ?? "").split(/\s+/).filter(Boolean)) {
      await this.tryRun("ip", ["link", "delete", "dev", name]);
    }
    this.holder.kill("SIGKILL");
  }
}

/** Machines with nothing between them yet. */
export async function sandboxMachines(count: number): Promise<SandboxMachine[]> {
  const first = new SandboxMachine(await hold("unshare", ["-Urnm"]));
  const holders = Array.from({ length: count - 1 }, () => hold("nsenter", [...first.enter(), "unshare", "-nm"]));
  return [first, ...(await Promise.all(holders)).map((holder) => new SandboxMachine(holder))];
}

interface End {
  readonly at: SandboxMachine;
  /** With the length of their prefixes. */
  readonly addresses: readonly string[];
}

let wires = 0;

/** Lays a cable between two machines. */
export async function layCable(one: End, other: End): Promise<void> {
  const names = [`wire${wires++}`, `wire${wires++}`] as const;
  const peer = ["type", "veth", "peer", "name", names[1], "netns", other.at.pid];
  await one.at.run("ip", ["link", "add", names[0], ...peer]);
  for (const [index, { at, addresses }] of [one, other].entries()) {
    const name = names[index] ?? "";
    for (const address of addresses) {
      await at.run("ip", ["address", "add", address, "dev", name, ...(address.includes(":") ? ["nodad"] : [])]);
    }
    await at.run("ip", ["link", "set", name, "up"]);
  }
}

/** Two machines with a cable between them: 192.0.2.1 and 192.0.2.2. */
export async function twoMachines(): Promise<readonly [SandboxMachine, SandboxMachine]> {
  const [one, other] = await sandboxMachines(2);
  if (!one || !other) throw new TypeError("two machines were made");
  await layCable({ at: one, addresses: ["192.0.2.1/24"] }, { at: other, addresses: ["192.0.2.2/24"] });
  return [one, other];
}
