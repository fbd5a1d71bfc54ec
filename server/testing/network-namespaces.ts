import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { missingNetworkTools, TOOLS_ENV } from "../../scripts/lib/network-tools.mjs";
import { Sandbox, UNSHARE } from "./sandbox";

/** What a program said, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Says on the terminal, where nobody can miss it, that a test of tunnels did not try any. */
export function sayNotTried(obstacles: readonly string[]): void {
  const bar = "!".repeat(100);
  const text = obstacles.map((reason) => `!!   ${reason}`).join("\n");
  process.stderr.write(`\n${bar}\n!! THE TUNNELS WERE NOT TRIED on this machine:\n${text}\n${bar}\n`);
}

/** Does on a small scale what the tests do, and says what of it did not work. */
const PROBE = `
fail() { echo "$1"; exit 1; }
mount -t tmpfs none /run && ip netns add probe || fail "network namespaces cannot be made here"
ip link add probe type wireguard || wireguard-go probe ||
  fail "there is no WireGuard: apt-get install wireguard-go (it needs /dev/net/tun), or load the kernel's module"
ip link delete dev probe
echo 1 > /proc/sys/net/ipv4/ip_forward || fail "/proc/sys cannot be written here"
`;

/** Why no tunnels can be tried on this machine, one reason a line; empty if they can. */
export function tunnelObstacles(): string[] {
  if (process.platform !== "linux") return ["it is not Linux"];
  // Without wireguard-go there may be the kernel's, which is tried below.
  const missing = missingNetworkTools().filter(([program]) => program !== "wireguard-go");
  if (missing.length > 0) {
    return missing.map(([program, debian]) => `${program} is missing: apt-get install ${debian}`);
  }
  const args = [...UNSHARE, "sh", "-c", PROBE];
  const { status, stdout } = spawnSync("unshare", args, { env: TOOLS_ENV, encoding: "utf8" });
  if (status === 0) return [];
  return [stdout.trim() || "it needs root with CAP_SYS_ADMIN, or user namespaces (user.max_user_namespaces)"];
}

let made = 0;

interface Place {
  readonly sandbox: Sandbox;
  /** For sockets. */
  readonly scratch: string;
}

/** A machine of its own as far as its network goes. Everything it started ends with {@link Network.dispose}. */
export class Namespace {
  private readonly children = new Set<ChildProcess>();
  private readonly bridges: Server[] = [];

  constructor(
    readonly name: string,
    private readonly place: Place,
  ) {
    place.sandbox.run("ip", "netns", "add", name);
    this.run("ip", "link", "set", "lo", "up");
  }

  /** Runs a program in here and demands that it succeeds. */
  run(program: string, ...args: string[]): string {
    const [enter, ...rest] = this.place.sandbox.command(this.name);
    return execFileSync(enter, [...rest, program, ...args], { env: TOOLS_ENV, encoding: "utf8", stdio: "pipe" });
  }

  /** Starts a program in here. */
  start(program: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess {
    const [enter, ...rest] = this.place.sandbox.command(this.name);
    const child = spawn(enter, [...rest, program, ...args], {
      env: { ...TOOLS_ENV, ...env },
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

  /** Makes a port of this process' loopback reachable at the same port of the loopback in here, or another is behind it. */
  async bridge(port: number, behind = port): Promise<void> {
    const path = join(this.place.scratch, `${made++}.sock`);
    const server = createServer((socket) => {
      const inner = connect(behind, "127.0.0.1");
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
  }
}

/** Namespaces and the cables between them, which nobody else on the machine sees. */
export class Network {
  /** A directory for as long as the network lasts. */
  readonly scratch = mkdtempSync(join(tmpdir(), "kw-ns-"));
  private readonly namespaces: Namespace[] = [];
  private readonly sandbox = new Sandbox(this.scratch);
  private readonly onExit = () => this.dispose();

  constructor() {
    process.once("exit", this.onExit);
  }

  namespace(role: string): Namespace {
    const namespace = new Namespace(role, { sandbox: this.sandbox, scratch: this.scratch });
    this.namespaces.push(namespace);
    return namespace;
  }

  /** A name for an interface that nothing else in the network has. */
  interfaceName(): string {
    return `kwt${made++}`;
  }

  /** Lays a cable between two namespaces, with an address at each end. */
  cable(
    ...ends: readonly [{ at: Namespace; addresses: readonly string[] }, { at: Namespace; addresses: readonly string[] }]
  ): void {
    const names = [this.interfaceName(), this.interfaceName()] as const;
    const [left, right] = ends;
    left.at.run("ip", "link", "add", names[0], "type", "veth", "peer", "name", names[1], "netns", right.at.name);
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
    // With it goes whatever is left in it: a tunnel in user space, above all.
    this.sandbox.dispose();
    rmSync(this.scratch, { recursive: true, force: true });
  }
}
