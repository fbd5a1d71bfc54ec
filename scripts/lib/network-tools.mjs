// What the tests of tunnels need: network namespaces, WireGuard and a firewall.
import { spawnSync } from "node:child_process";
import { canInstall, install } from "./debian.mjs";

/** Programs, and the Debian packages they are in. */
const PACKAGES = {
  unshare: "util-linux",
  nsenter: "util-linux",
  ip: "iproute2",
  nft: "nftables",
  wg: "wireguard-tools",
  "wg-quick": "wireguard-tools",
  "wireguard-go": "wireguard-go",
  ping: "iputils-ping",
  conntrack: "conntrack",
  sysctl: "procps",
};

/** Some people's PATH leaves out where the network's tools are. */
export const TOOLS_ENV = { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin` };

const isMissing = (program) =>
  spawnSync("sh", ["-c", `command -v ${program}`], { env: TOOLS_ENV, stdio: "ignore" }).status !== 0;

/** The programs that are not there, with the packages they are in. */
export const missingNetworkTools = () => Object.entries(PACKAGES).filter(([program]) => isMissing(program));

/** Installs, as root on Debian, what is missing. Elsewhere the tests say what they lack, and try no tunnels. */
export function ensureNetworkTools() {
  const missing = missingNetworkTools();
  if (missing.length > 0 && canInstall()) install(...new Set(missing.map(([, debian]) => debian)));
}
