import { networkInterfaces } from "node:os";
import { readText } from "@/agent/facts/read-file";
import type { NetworkFacts } from "@/server/modules/agents/facts.schema";

/** Ends of container links: there one minute, gone the next, and nobody's business. */
const PASSING = /^(?:veth|cni|cali|lxc)/;
const UP_AND_GATEWAY = 3;

/** The IPv4 default gateway out of /proc/net/route, whose addresses are little-endian hexadecimal. */
export function parseDefaultGateway(table: string): string | null {
  const routes = table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination, , flags]) => destination === "00000000" && isGatewayRoute(flags))
    .sort((left, right) => Number(left[6]) - Number(right[6]));
  const gateway = routes[0]?.[2];
  if (!gateway || !/^[0-9A-F]{8}$/i.test(gateway)) return null;
  return [...Buffer.from(gateway, "hex")].reverse().join(".");
}

const isGatewayRoute = (flags = "0") => (Number.parseInt(flags, 16) & UP_AND_GATEWAY) === UP_AND_GATEWAY;

/** The name servers of resolv.conf(5), in order. */
export const parseNameServers = (text: string): string[] =>
  text
    .split("\n")
    .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .slice(0, 64);

export function collectNetwork(): NetworkFacts {
  const interfaces = Object.entries(networkInterfaces())
    .filter(([name, addresses]) => !PASSING.test(name) && addresses?.some((one) => !one.internal))
    .map(([name, addresses = []]) => ({
      name,
      addresses: addresses
        .flatMap((one) => one.cidr ?? [])
        .sort()
        .slice(0, 256),
    }))
    .sort((left, right) => left.name.localeCompare(right.name))
    .slice(0, 512);
  return {
    interfaces,
    defaultGateway: parseDefaultGateway(readText("/proc/net/route") ?? ""),
    dnsServers: parseNameServers(readText("/etc/resolv.conf") ?? ""),
  };
}
