import { z } from "zod";
import { AgentError } from "@/agent/agent-error";
import { bringRoutes, foreignAddresses } from "@/agent/gateway/foreign-routes";
import { commonPeers } from "@/agent/gateway/in-force";
import { familyOf } from "@/agent/gateway/networks";
import { ProgramError, type Programs } from "@/agent/gateway/program";
import { isInSync, parseDump, type Tunnel, tunnelConfig } from "@/agent/gateway/wireguard-text";
import type { TunnelKey } from "@/agent/wireguard-key";
import type { GatewayState } from "@/server/modules/gateways/state.schema";

const Links = z.array(
  z.object({ addr_info: z.array(z.object({ local: z.string(), prefixlen: z.number(), scope: z.string() })) }),
);

const switches = {
  4: { file: "/proc/sys/net/ipv4/ip_forward", name: "net.ipv4.ip_forward" },
  6: { file: "/proc/sys/net/ipv6/conf/all/forwarding", name: "net.ipv6.conf.all.forwarding" },
} as const;

/** The gateway's end of the tunnel: one WireGuard interface and its peers. */
export class WireGuard {
  constructor(
    private readonly name: string,
    private readonly key: TunnelKey,
    private readonly programs: Programs,
  ) {}

  /** The tunnel as it runs, or undefined if it does not. */
  async read(): Promise<Tunnel | undefined> {
    const text = await this.programs.tryRun("wg", ["show", this.name, "dump"]);
    return text === undefined ? undefined : parseDump(text);
  }

  /** Brings the interface and its peers to what the state says. Peers that stay keep their sessions. */
  async bring(state: GatewayState, running: Tunnel | undefined): Promise<void> {
    await this.requireForwarding(state.gateway.addresses);
    if (!running) await this.create();
    await this.sync(state, running);
    await this.addresses(state.gateway.addresses);
    await this.programs.run("ip", ["link", "set", "dev", this.name, "mtu", String(state.gateway.mtu), "up"]);
    await bringRoutes(this.name, foreignAddresses(state), this.programs);
  }

  /** Takes out of the running tunnel whom a state does not let in, and adds nothing. */
  async narrow(state: GatewayState): Promise<void> {
    const running = await this.read();
    if (!running) return;
    const gateway = { ...state.gateway, listenPort: running.listenPort };
    await this.sync({ ...state, gateway, peers: commonPeers(running.peers, state.peers) }, running);
  }

  /** The other interfaces that run with this key: what is left of when the gateway's had another name. */
  async namesakes(): Promise<string[]> {
    const text = (await this.programs.tryRun("wg", ["show", "all", "public-key"])) ?? "";
    const all = text.split("\n").map((line) => line.split("\t"));
    return all.flatMap(([name, key]) => (name && name !== this.name && key === this.key.publicKey ? [name] : []));
  }

  async remove(): Promise<void> {
    if (await this.read()) await this.programs.run("ip", ["link", "delete", "dev", this.name]);
  }

  private async sync(state: GatewayState, running: Tunnel | undefined): Promise<void> {
    if (running && isInSync(running, state, this.key.publicKey)) return;
    await this.programs.run("wg", ["syncconf", this.name, "/dev/stdin"], tunnelConfig(state, this.key.privateKey));
  }

  /** @throws {AgentError} when the kernel passes nothing on, which nobody would see from the rules */
  private async requireForwarding(addresses: readonly string[]): Promise<void> {
    for (const family of new Set(addresses.map(familyOf))) {
      const { file, name } = switches[family];
      if ((await this.programs.run("cat", [file])).trim() !== "0") continue;
      throw new AgentError(
        "failed",
        `This machine forwards no IPv${family} packets: ${name} is 0`,
        `Run: sysctl -w ${name}=1, and put ${name}=1 into /etc/sysctl.d/keyward.conf`,
      );
    }
  }

  private async create(): Promise<void> {
    if ((await this.programs.tryRun("ip", ["link", "show", "dev", this.name])) !== undefined) {
      throw new AgentError(
        "failed",
        `There is an interface ${this.name} that is not a WireGuard tunnel`,
        "Remove it, or give another name with --interface.",
      );
    }
    try {
      await this.programs.run("ip", ["link", "add", "dev", this.name, "type", "wireguard"]);
    } catch (error) {
      if (!(error instanceof ProgramError)) throw error;
      await this.createInUserSpace(error.message);
    }
  }

  private async createInUserSpace(whyNotInKernel: string): Promise<void> {
    try {
      await this.programs.run("wireguard-go", [this.name]);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new AgentError(
        "failed",
        `No tunnel can be made here: ${whyNotInKernel}; ${why}`,
        "Load the kernel's wireguard module, or install wireguard-go.",
      );
    }
  }

  private async addresses(wanted: readonly string[]): Promise<void> {
    const links = Links.parse(JSON.parse(await this.programs.run("ip", ["-j", "address", "show", "dev", this.name])));
    const present = links
      .flatMap(({ addr_info }) => addr_info)
      .filter(({ scope }) => scope === "global")
      .map(({ local, prefixlen }) => `${local}/${prefixlen}`);
    // Without waiting for somebody else to claim it: there is nobody else in a tunnel.
    const nodad = (address: string) => (familyOf(address) === 6 ? ["nodad"] : []);
    for (const address of wanted.filter((one) => !present.includes(one))) {
      await this.programs.run("ip", ["address", "add", address, "dev", this.name, ...nodad(address)]);
    }
    for (const address of present.filter((one) => !wanted.includes(one))) {
      await this.programs.run("ip", ["address", "delete", address, "dev", this.name]);
    }
  }
}
