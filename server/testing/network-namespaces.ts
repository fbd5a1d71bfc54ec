import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PROGRAMS = { ip: "iproute2", nft: "nftables", wg: "wireguard-tools", ping: "iputils-ping" };
const PREFIX = "kwt";

/** What a program said, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const isInstalled = (program: string): boolean => succeeds("sh", ["-c", `command -v ${program}`]);

function succeeds(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, [...args], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Says on the terminal, where nobody can miss it, that a test of tunnels did not try any. */
export function sayNotTried(obstacles: readonly string[]): void {
  const bar = "!".repeat(100);
  const text = obstacles.map((reason) => `!!   ${reason}`).join("\n");
  process.stderr.write(`\n${bar}\n!! THE TUNNELS WERE NOT TRIED on this machine:\n${text}\n${bar}\n`);
}

/** Why no tunnels can be tried on this machine, one reason a line; empty if they can. */
export function tunnelObstacles(): string[] {
  if (process.platform !== "linux") return ["it is not Linux"];
  if (process.getuid?.() !== 0) return ["it needs root, to make network namespaces"];
  const missing = Object.entries(PROGRAMS).filter(([program]) => !isInstalled(program));
  const reasons = missing.map(([program, debian]) => `${program} is missing: apt-get install ${debian}`);
  if (!hasWireGuard()) reasons.push("there is no WireGuard: apt-get install wireguard-go, or load the kernel's module");
  const probe = `${PREFIX}-${process.pid}-probe`;
  if (reasons.length > 0) return reasons;
  const canMake = succeeds("ip", ["netns", "add", probe]);
  succeeds("ip", ["netns", "delete", probe]);
  return canMake ? [] : ["network namespaces cannot be made here"];
}

const hasWireGuard = (): boolean => isInstalled("wireguard-go") || succeeds("modprobe", ["--dry-run", "wireguard"]);

let made = 0;

/** A machine of its own as far as its network goes. Everything it started ends with {@link Network.dispose}. */
export class Namespace {
  private readonly children = new Set<ChildProcess>();
  private readonly bridges: Server[] = [];

  constructor(
    readonly name: string,
    private readonly scratch: string,
  ) {
    execFileSync("ip", ["netns", "add", name]);
    this.run("ip", "link", "set", "lo", "up");
  }

  /** Runs a program in here and demands that it succeeds. */
  run(program: string, ...args: string[]): string {
    return execFileSync("ip", ["netns", "exec", this.name, program, ...args], { encoding: "utf8", stdio: "pipe" });
  }

  /** Starts a program in here. */
  start(program: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const child = spawn("ip", ["netns", "exec", this.name, program, ...args], {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.children.add(child);
    child.once("exit", () => this.children.delete(child));
    return child;
  }

  /** Runs a program in here to its end, however that is. */
  async attempt(program: string, args: readonly string[]): Promise<Ended> {
    const child = this.start(program, args);
    let out = "";
    let err = "";
    child.stdout?.on("data", (data) => {
      out += data;
    });
    child.stderr?.on("data", (data) => {
      err += data;
    });
    const code = await new Promise<number>((resolve) => child.once("close", (number) => resolve(number ?? 1)));
    return { code, out, err };
  }

  /** Whether an address answers an echo request within a second. */
  async reaches(address: string): Promise<boolean> {
    return (await this.attempt("ping", ["-n", "-c", "1", "-W", "1", address])).code === 0;
  }

  /** {@link Namespace.reaches}, asked until it is as wanted or the time is over; the last answer. */
  async reachesIn(address: string, { wanted, seconds }: { wanted: boolean; seconds: number }): Promise<boolean> {
    const until = performance.now() + seconds * 1000;
    for (;;) {
      const answer = await this.reaches(address);
      if (answer === wanted || performance.now() > until) return answer;
      await sleep(100);
    }
  }

  /** Makes a port of this process' loopback reachable at the same port of the loopback in here. */
  async bridge(port: number): Promise<void> {
    const path = join(this.scratch, `${made++}.sock`);
    const server = createServer((socket) => {
      const inner = connect(port, "127.0.0.1");
      for (const [one, other] of [
        [socket, inner],
        [inner, socket],
      ] as const) {
        one.on("error", () => other.destroy());
        one.pipe(other);
      }
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    this.bridges.push(server);
    const program = `const { createServer, connect } = require("node:net");
      createServer((a) => { const b = connect(${JSON.stringify(path)});
        a.on("error", () => b.destroy()); b.on("error", () => a.destroy()); a.pipe(b); b.pipe(a);
      }).listen(${port}, "127.0.0.1", () => console.log("ready"));`;
    const child = this.start(process.execPath, ["-e", program]);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
  }

  dispose(): void {
    for (const bridge of this.bridges) bridge.close();
    for (const child of this.children) child.kill("SIGKILL");
    // A tunnel in user space ends with its interface, and only with that.
    for (const name of interfacesIn(this.name)) succeeds("ip", ["-n", this.name, "link", "delete", "dev", name]);
    succeeds("ip", ["netns", "delete", this.name]);
  }
}

function interfacesIn(namespace: string): string[] {
  try {
    const text = execFileSync("ip", ["-n", namespace, "-brief", "link", "show"], { encoding: "utf8" });
    return text
      .split("\n")
      .flatMap((line) => /^([^\s@]+)/.exec(line)?.[1] ?? [])
      .filter((name) => name !== "lo");
  } catch {
    return [];
  }
}

/** Namespaces and the cables between them. Names carry this process' id, and are unique on the machine. */
export class Network {
  private readonly namespaces: Namespace[] = [];
  /** A directory for as long as the network lasts. */
  readonly scratch = mkdtempSync(join(tmpdir(), "kw-ns-"));
  private readonly onExit = () => this.dispose();

  constructor() {
    removeAbandoned();
    process.once("exit", this.onExit);
  }

  namespace(role: string): Namespace {
    const namespace = new Namespace(`${PREFIX}-${process.pid}-${made++}-${role}`, this.scratch);
    this.namespaces.push(namespace);
    return namespace;
  }

  /** A name for an interface that nothing else on the machine has. */
  interfaceName(): string {
    return `kw${process.pid.toString(36)}x${(made++).toString(36)}`;
  }

  /** Lays a cable between two namespaces, with an address at each end. */
  cable(
    ...ends: readonly [{ at: Namespace; addresses: readonly string[] }, { at: Namespace; addresses: readonly string[] }]
  ): void {
    const names = [this.interfaceName(), this.interfaceName()] as const;
    const [left, right] = ends;
    const peer = ["type", "veth", "peer", "name", names[1], "netns", right.at.name];
    execFileSync("ip", ["link", "add", names[0], "netns", left.at.name, ...peer]);
    for (const [index, { at, addresses }] of ends.entries()) {
      const name = names[index] ?? "";
      for (const address of addresses) {
        at.run("ip", "address", "add", address, "dev", name, ...(address.includes(":") ? ["nodad"] : []));
      }
      at.run("ip", "link", "set", name, "up");
    }
  }

  dispose(): void {
    process.off("exit", this.onExit);
    for (const namespace of this.namespaces.splice(0)) namespace.dispose();
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

/** What a killed process left on this machine. */
function removeAbandoned(): void {
  if (!existsSync("/run/netns")) return;
  for (const name of readdirSync("/run/netns")) {
    const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    if (!pid || succeeds("kill", ["-0", pid])) continue;
    for (const one of interfacesIn(name)) succeeds("ip", ["-n", name, "link", "delete", "dev", one]);
    succeeds("ip", ["netns", "delete", name]);
  }
}
