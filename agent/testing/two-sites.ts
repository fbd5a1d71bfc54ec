import { bringRoutes, foreignAddresses } from "@/agent/gateway/foreign-routes";
import { hold, SandboxMachine } from "@/agent/testing/network-sandbox";
import type { TunnelKey } from "@/agent/wireguard-key";

const INTERFACE = "kws0";

/** A machine with a gateway's end of tunnels, and an address behind it. */
export class Site {
  constructor(
    readonly machine: SandboxMachine,
    /** Where the device finds it. */
    readonly address: string,
    private readonly own: { readonly key: TunnelKey; readonly pool: string; readonly behind: string },
  ) {}

  async open(): Promise<void> {
    const { machine, own } = this;
    try {
      await machine.run("ip", ["link", "add", INTERFACE, "type", "wireguard"]);
    } catch {
      await machine.run("wireguard-go", [INTERFACE]);
    }
    for (const address of [own.pool, own.behind]) {
      await machine.run("ip", ["address", "add", address, "dev", INTERFACE]);
    }
    await machine.run("ip", ["link", "set", INTERFACE, "up"]);
  }

  /** Lets in one device, from all of its addresses, as a gateway's agent does. */
  async letIn(publicKey: string, { presharedKey, allowedIps }: { presharedKey: string; allowedIps: string[] }) {
    const { key, pool } = this.own;
    await this.machine.run(
      "wg",
      ["syncconf", INTERFACE, "/dev/stdin"],
      `[Interface]\nPrivateKey = ${key.privateKey}\nListenPort = 51820\n[Peer]\nPublicKey = ${publicKey}\nPresharedKey = ${presharedKey}\nAllowedIPs = ${allowedIps.join(", ")}\n`,
    );
    const peers = [{ publicKey, presharedKey, allowedIps, notAfter: null }];
    const gateway = { id: "", listenPort: 51820, addresses: [pool], mtu: 1420, masquerade: false };
    await bringRoutes(INTERFACE, foreignAddresses({ gateway, peers }), this.machine);
  }
}

type Plan = ConstructorParameters<typeof Site>[2];

/** A device with a cable to each of these sites. */
export async function sitesAround(plans: readonly Plan[]): Promise<{ device: SandboxMachine; sites: Site[] }> {
  const device = new SandboxMachine(await hold("unshare", ["-Urnm"]));
  const sites: Site[] = [];
  for (const [at, plan] of plans.entries()) {
    const machine = new SandboxMachine(await hold("nsenter", [...device.enter(), "unshare", "-nm"]));
    const [outer, inner] = [`192.0.2.${at * 4 + 1}`, `192.0.2.${at * 4 + 2}`];
    await device.run("ip", ["link", "add", `to${at}`, "type", "veth", "peer", "name", "wire", "netns", machine.pid]);
    await machine.run("ip", ["address", "add", `${outer}/30`, "dev", "wire"]);
    await machine.run("ip", ["link", "set", "wire", "up"]);
    await device.run("ip", ["address", "add", `${inner}/30`, "dev", `to${at}`]);
    await device.run("ip", ["link", "set", `to${at}`, "up"]);
    const site = new Site(machine, outer, plan);
    await site.open();
    sites.push(site);
  }
  return { device, sites };
}
