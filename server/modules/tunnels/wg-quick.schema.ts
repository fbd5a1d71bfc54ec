import type { TunnelProfile } from "./schema";

interface Secrets {
  /** Null where the device keeps its own. */
  privateKey: string | null;
  presharedKey: string;
}

/** What wg-quick calls an interface by: at most 15 letters, digits and _ = + . - */
export function interfaceName(deviceName: string): string {
  const name = deviceName
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 15)
    .replace(/-+$/, "");
  return name || "keyward";
}

/** A value is one line, whatever was typed where it comes from. */
const line = (name: string, value: string | number): string => `${name} = ${String(value).replaceAll(/[\r\n]/g, "")}`;

/** The file that WireGuard's apps and wg-quick(8) read. Nothing in it is a command. */
export function wgQuickFile(
  { addresses, dnsServers, mtu, gateway }: TunnelProfile,
  { privateKey, presharedKey }: Secrets,
): string {
  const dns = dnsServers.length > 0 ? [line("DNS", dnsServers.join(", "))] : [];
  return [
    "[Interface]",
    privateKey === null ? "# PrivateKey = the device's own goes here" : line("PrivateKey", privateKey),
    line("Address", addresses.join(", ")),
    ...dns,
    line("MTU", mtu),
    "",
    "[Peer]",
    line("PublicKey", gateway.publicKey),
    line("PresharedKey", presharedKey),
    line("Endpoint", gateway.endpoint),
    line("AllowedIPs", gateway.allowedIps.join(", ")),
    line("PersistentKeepalive", gateway.keepaliveS),
    "",
  ].join("\n");
}
