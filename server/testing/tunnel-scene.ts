import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestDevice } from "@/agent/testing/gateway-states";
import { Peer } from "@/agent/testing/peer";
import { GatewayState } from "@/server/modules/gateways/state.schema";
import type { Namespace } from "@/server/testing/network-namespaces";
import { Network } from "@/server/testing/network-namespaces";
import { bringTunnelUp, wireguardKeys } from "@/server/testing/tunnel-device";

/** The agent's bundle as a program. */
const program = (built: string) => join(built, "keyward-agent.mjs");

export interface SceneDevice {
  readonly at: Namespace;
  readonly publicKey: string;
  readonly addresses: readonly string[];
}

/**
 * A gateway between two devices, a private network (10.20.0.0/24, fd20::/64) and an internet (198.51.100.0/24), which
 * knows no way back to the devices. The agent runs in the gateway's namespace, its control plane in this process.
 */
export class TunnelScene {
  readonly network = new Network();
  readonly peer = new Peer();
  readonly gateway = this.network.namespace("gw");
  readonly lan = this.network.namespace("lan");
  readonly internet = this.network.namespace("net");
  readonly interfaceName = this.network.interfaceName();
  readonly stateDir = mkdtempSync(join(tmpdir(), "kw-gw-"));
  said = "";
  private agent: ChildProcess | undefined;
  private isServerAway = false;

  constructor(private readonly built: string) {
    this.gateway.run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
    this.network.cable(
      { at: this.gateway, addresses: ["10.20.0.1/24", "fd20::1/64"] },
      { at: this.lan, addresses: ["10.20.0.2/24", "10.20.0.3/24", "fd20::2/64"] },
    );
    this.lan.run("ip", "route", "add", "10.77.0.0/16", "via", "10.20.0.1");
    this.lan.run("ip", "route", "add", "fd77::/64", "via", "fd20::1");
    this.network.cable(
      { at: this.gateway, addresses: ["198.51.100.1/24"] },
      { at: this.internet, addresses: ["198.51.100.2/24"] },
    );
    this.peer.instead = () => (this.isServerAway ? { status: 503, loseIt: true } : undefined);
  }

  async enrol(): Promise<void> {
    await this.peer.listen();
    await this.gateway.bridge(Number(new URL(this.peer.url).port));
    await this.command("enrol", this.peer.url, "--token", this.peer.token);
  }

  /** One command of the gateway, to its end. */
  command(name: string, ...args: string[]): Promise<string> {
    return this.agentCommand(["gateway", name, ...args]);
  }

  /** One command of the agent, to its end. */
  async agentCommand(words: readonly string[], stateDir = this.stateDir): Promise<string> {
    const all = [program(this.built), ...words, "--state-dir", stateDir];
    const { code, out, err } = await this.gateway.attempt(process.execPath, all);
    if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}: ${err}`);
    return out;
  }

  start(...args: string[]): void {
    const own = ["--interface", this.interfaceName, "--state-dir", this.stateDir];
    const agent = this.gateway.start(process.execPath, [program(this.built), "gateway", "run", ...own, ...args]);
    for (const stream of [agent.stdout, agent.stderr]) {
      stream?.on("data", (data) => {
        this.said += data;
      });
    }
    this.agent = agent;
  }

  async stop(): Promise<void> {
    const { agent } = this;
    this.agent = undefined;
    if (!agent || agent.exitCode !== null) return;
    const ended = new Promise((resolve) => agent.once("exit", resolve));
    agent.kill("SIGTERM");
    await ended;
  }

  /** Whether the control plane answers. */
  serverIs(presence: "away" | "there"): void {
    this.isServerAway = presence === "away";
    if (this.isServerAway) this.peer.gateway.dispose();
  }

  /** Puts a device behind a cable of its own to the gateway, with a tunnel that sends there what a device would. */
  device(number: number, addresses: readonly string[]): SceneDevice {
    const at = this.network.namespace(`d${number}`);
    const [inner, outer] = [`192.0.2.${number * 4 + 2}`, `192.0.2.${number * 4 + 1}`];
    this.network.cable({ at: this.gateway, addresses: [`${outer}/30`] }, { at, addresses: [`${inner}/30`] });
    const { publicKey, privateKey } = wireguardKeys();
    const [hello] = this.peer.gateway.hellos;
    if (!hello) throw new Error("the gateway has not said its key");
    const hasV6 = addresses.some((address) => address.includes(":"));
    bringTunnelUp(this.network, at, {
      privateKey,
      addresses: addresses.map((address) => `${address}/${address.includes(":") ? 128 : 32}`),
      peer: { publicKey: hello.publicKey, endpoint: `${outer}:51820` },
      routes: ["10.0.0.0/8", "198.51.100.0/24", ...(hasV6 ? ["fd20::/64", "fd77::/64"] : [])],
    });
    return { at, publicKey, addresses };
  }

  /** Publishes a state; what became of it. */
  async publish(state: GatewayState): Promise<string> {
    this.peer.gateway.statuses.length = 0;
    return this.outcomeOf(this.peer.gateway.publish(GatewayState.parse(state)));
  }

  /** What became of a state, by what the gateway reported last about it. */
  async outcomeOf(etag: string, outcome = "applied"): Promise<string> {
    const last = () => this.peer.gateway.statuses.filter((status) => status.etag === etag).at(-1);
    await until(() => last()?.outcome === outcome, 20);
    const status = last();
    return status ? [status.outcome, status.error].filter(Boolean).join(": ") : "unheard of";
  }

  async dispose(): Promise<void> {
    await this.stop();
    this.network.dispose();
    await this.peer.close();
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}

/** Waits for something to become true, for so long; whether it did. */
export async function until(condition: () => boolean, seconds: number): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  while (!condition()) {
    if (performance.now() > end) return false;
    await sleep(50);
  }
  return true;
}

export const asPeer = (
  { publicKey, addresses }: SceneDevice,
  rules: TestDevice["rules"],
  notAfter?: number,
): TestDevice => ({ publicKey, addresses, rules, ...(notAfter !== undefined && { notAfter }) });
