import { gatewaysOf, type TunnelPeer, type TunnelProfile } from "./schema";

interface Secrets {
  /** Null where the device keeps its own. */
  privateKey: string | null;
  /** Of the primary gateway. */
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

const peerLines = ({ name, presharedKey, ...gateway }: TunnelPeer): string[] => [
  "",
  "[Peer]",
  line("PublicKey", gateway.publicKey),
  presharedKey ? line("PresharedKey", presharedKey) : line("# PresharedKey", `that of the last profile, for ${name}`),
  line("Endpoint", gateway.endpoint),
  line("AllowedIPs", gateway.allowedIps.join(", ")),
  line("PersistentKeepalive", gateway.keepaliveS),
];

/**
 * The file that WireGuard's apps and wg-quick(8) read: one interface, and a peer for each gateway. Nothing in it is a
 * command.
 */
export function wgQuickFile(profile: TunnelProfile, { privateKey, presharedKey }: Secrets): string {
  const { addresses, dnsServers, mtu, gateway } = profile;
  const dns = dnsServers.length > 0 ? [line("DNS", dnsServers.join(", "))] : [];
  return [
    "[Interface]",
    privateKey === null ? "# PrivateKey = the device's own goes here" : line("PrivateKey", privateKey),
    line("Address", addresses.join(", ")),
    ...dns,
    line("MTU", mtu),
    ...gatewaysOf({ ...profile, gateway: { ...gateway, presharedKey } }).flatMap(peerLines),
    "",
  ].join("\n");
}
