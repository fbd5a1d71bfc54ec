import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkState, etagOf } from "@/agent/gateway/checked-state";
import { Enforcement } from "@/agent/gateway/enforcement";
import { openTunnelKey } from "@/agent/gateway/tunnel-key";
import { layCable, type SandboxMachine, sandboxMachines } from "@/agent/testing/network-sandbox";
import { bringTunnel, takeTunnelDown } from "@/agent/tunnel/bring-tunnel";
import { createTunnelKey } from "@/agent/tunnel/tunnel-key";
import { chooseInterface, saveTunnelState } from "@/agent/tunnel/tunnel-state";
import { canonicalJson } from "@/server/core/canonical-hash";
import type { GatewayState } from "@/server/modules/gateways/state.schema";

/** What a device hears of an address. */
export type Answer = "answered" | "refused" | "silent";

const LAN = ["198.51.100.2", "2001:db8:a::2"] as const;
const scratchDir = (): string => mkdtempSync(join(tmpdir(), "kw-lab-"));
const whole = (address: string): string => `${address}/${address.includes(":") ? 128 : 32}`;
const PING = ["-n", "-c", "1", "-W", "1"];

/** A device with a cable of its own to the gateway, over which it could reach everything without a tunnel, too. */
export class LabDevice {
  private readonly dir = scratchDir();
  readonly presharedKey = randomBytes(32).toString("base64");
  readonly publicKey = createTunnelKey(this.dir, "current").publicKey;
  /** Its addresses on the cable. */
  readonly native: readonly [string, string];

  constructor(
    readonly machine: SandboxMachine,
    readonly number: number,
    readonly addresses: readonly string[],
  ) {
    this.native = [`192.0.2.${number * 4 + 2}`, `2001:db8:${number}::2`];
  }

  async connect(gateway: SandboxMachine): Promise<void> {
    const ends = [`192.0.2.${this.number * 4 + 1}`, `2001:db8:${this.number}::1`] as const;
    const there = { at: gateway, addresses: [`${ends[0]}/30`, `${ends[1]}/64`] };
    await layCable(there, { at: this.machine, addresses: [`${this.native[0]}/30`, `${this.native[1]}/64`] });
    for (const end of ends) await this.machine.run("ip", ["route", "add", "default", "via", end]);
  }

  /** Brings its tunnel up the way a device does it, anew if it was up. */
  async openTunnel(gatewayKey: string, routes: readonly string[]): Promise<void> {
    const { dir, publicKey, presharedKey, addresses, number } = this;
    const endpoint = `192.0.2.${number * 4 + 1}:51820`;
    const gateway = { name: "Lab", publicKey: gatewayKey, endpoint, allowedIps: [...routes], keepaliveS: 25 };
    const profile = { addresses: addresses.map(whole), dnsServers: [], mtu: 1420, gateway };
    chooseInterface(dir, "kwd0");
    saveTunnelState(dir, { told: { etag: "lab", tunnel: { publicKey, presharedKey, notAfter: null, profile } } });
    const place = { dir, system: this.machine };
    await takeTunnelDown(place, "it is opened anew");
    await bringTunnel(place, publicKey);
  }

  /** Sends one echo request, and more only while nothing is heard although something is to be. */
  async ask(address: string, wanted: Answer): Promise<Answer> {
    for (let tries = 1; ; tries += 1) {
      const answer = await this.ping(address);
      if (answer !== "silent" || wanted === "silent" || tries === 8) return answer;
      await sleep(200);
    }
  }

  private async ping(address: string): Promise<Answer> {
    try {
      await this.machine.run("ping", [...PING, address]);
      return "answered";
    } catch (error) {
      return /filtered|prohibited/.test(String(error)) ? "refused" : "silent";
    }
  }

  dispose(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A gateway between devices and a network where every address there is to ask for answers. */
export class PolicyLab {
  private readonly dir = scratchDir();
  private readonly key = openTunnelKey(this.dir);
  private readonly enforcement: Enforcement;

  private constructor(
    readonly gateway: SandboxMachine,
    readonly lan: SandboxMachine,
    readonly devices: readonly LabDevice[],
  ) {
    this.enforcement = new Enforcement("kwg0", this.key, gateway);
  }

  /** `addresses` are those of each device in the tunnel, `hosts` those that answer. */
  static async build(addresses: readonly string[][], hosts: readonly string[]): Promise<PolicyLab> {
    const [gateway, lan, ...machines] = await sandboxMachines(2 + addresses.length);
    if (!gateway || !lan) throw new TypeError("at least two machines were made");
    const devices = machines.map((machine, at) => new LabDevice(machine, at + 1, addresses[at] ?? []));
    const lab = new PolicyLab(gateway, lan, devices);
    await lab.connect(hosts);
    return lab;
  }

  private async connect(hosts: readonly string[]): Promise<void> {
    const { gateway, lan } = this;
    await gateway.run("sysctl", ["-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]);
    const inner = { at: gateway, addresses: ["198.51.100.1/24", "2001:db8:a::1/64"] };
    await layCable(inner, { at: lan, addresses: [`${LAN[0]}/24`, `${LAN[1]}/64`] });
    for (const via of LAN) await gateway.run("ip", ["route", "add", "default", "via", via]);
    for (const via of ["198.51.100.1", "2001:db8:a::1"]) await lan.run("ip", ["route", "add", "default", "via", via]);
    for (const host of hosts) await lan.run("ip", ["address", "add", whole(host), "dev", "lo"]);
    await lan.run("nft", ["-f", "-"], HEARD);
    for (const device of this.devices) await device.connect(gateway);
  }

  openTunnel(device: LabDevice, routes: readonly string[]): Promise<void> {
    return device.openTunnel(this.key.publicKey, routes);
  }

  /** Does with a state what a gateway does with one that the server sent. */
  async enforce(state: GatewayState): Promise<void> {
    const bytes = Buffer.from(canonicalJson(state));
    const checked = checkState(bytes, etagOf(bytes));
    if (!checked.ok) throw new Error(checked.why);
    await this.enforcement.bring(checked.state);
  }

  /** Whom the network's hosts have heard since this was asked last, as `source > destination`. */
  async heard(): Promise<string[]> {
    const text = await this.lan.run("nft", ["-j", "list", "table", "inet", "heard"]);
    for (const name of ["four", "six"]) await this.lan.run("nft", ["flush", "set", "inet", "heard", name]);
    return [...text.matchAll(/"concat": \["([0-9a-f:.]+)", "([0-9a-f:.]+)"\]/g)].map(
      ([, from, to]) => `${from} > ${to}`,
    );
  }

  /** The keys that the gateway lets in. */
  async peers(): Promise<string[]> {
    return (await this.gateway.run("wg", ["show", "kwg0", "peers"])).split("\n").filter(Boolean);
  }

  async dispose(): Promise<void> {
    for (const { machine } of this.devices) await machine.dispose();
    for (const device of this.devices) device.dispose();
    await this.lan.dispose();
    await this.gateway.dispose();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const HEARD = `
table inet heard {
  set four { type ipv4_addr . ipv4_addr; flags dynamic; size 4096; }
  set six { type ipv6_addr . ipv6_addr; flags dynamic; size 4096; }
  chain input {
    type filter hook input priority 0; policy accept;
    icmp type echo-request add @four { ip saddr . ip daddr }
    icmpv6 type echo-request add @six { ip6 saddr . ip6 daddr }
  }
}
`;
