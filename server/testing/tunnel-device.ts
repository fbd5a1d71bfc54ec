import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Namespace, Network } from "./network-namespaces";

/** A pair of keys as WireGuard's own tools make it, which is what a device that is not ours does. */
export function wireguardKeys(): { readonly privateKey: string; readonly publicKey: string } {
  const privateKey = execFileSync("wg", ["genkey"], { encoding: "utf8" }).trim();
  const publicKey = execFileSync("wg", ["pubkey"], { encoding: "utf8", input: privateKey }).trim();
  return { privateKey, publicKey };
}

interface Tunnel {
  readonly privateKey: string;
  readonly addresses: readonly string[];
  readonly peer: { readonly publicKey: string; readonly endpoint: string; readonly presharedKey?: string };
  /** What the device sends into the tunnel. */
  readonly routes: readonly string[];
  readonly mtu?: number;
}

/** Brings a device's tunnel up in a namespace: the kernel's WireGuard, or wireguard-go. @returns the interface's name */
export function bringTunnelUp(network: Network, at: Namespace, tunnel: Tunnel): string {
  const name = network.interfaceName();
  try {
    at.run("ip", "link", "add", "dev", name, "type", "wireguard");
  } catch {
    at.run("wireguard-go", name);
  }
  const { peer, privateKey, addresses, routes, mtu = 1420 } = tunnel;
  const psk = peer.presharedKey === undefined ? "" : `PresharedKey = ${peer.presharedKey}\n`;
  const directory = mkdtempSync(join(tmpdir(), "kw-wg-"));
  const file = join(directory, "tunnel.conf");
  writeFileSync(
    file,
    `[Interface]\nPrivateKey = ${privateKey}\n[Peer]\nPublicKey = ${peer.publicKey}\n${psk}Endpoint = ${peer.endpoint}\nAllowedIPs = ${routes.join(", ")}\n`,
    { mode: 0o600 },
  );
  at.run("wg", "setconf", name, file);
  rmSync(directory, { recursive: true });
  for (const address of addresses) {
    at.run("ip", "address", "add", address, "dev", name, ...(address.includes(":") ? ["nodad"] : []));
  }
  at.run("ip", "link", "set", "dev", name, "mtu", String(mtu), "up");
  for (const route of routes) at.run("ip", "route", "replace", route, "dev", name);
  return name;
}
