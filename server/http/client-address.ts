import ipaddr from "ipaddr.js";
import type { TrustedProxies } from "@/server/core/env";

/**
 * The address a request really came from: the socket's, unless proxies we trust say otherwise in `X-Forwarded-For`.
 * What lies to the left of the last trusted proxy was written by strangers and is never believed.
 */
export function clientAddress(remote: string, forwardedFor: string | undefined, trusted: TrustedProxies): string {
  const socket = parse(remote) ?? remote;
  const claimed = (forwardedFor ?? "").split(",").filter((part) => part.trim() !== "");
  if (trusted.kind === "hops") return byHops(socket, claimed, trusted.count);
  let client = socket;
  for (const text of claimed.reverse()) {
    if (!isWithin(client, trusted.networks)) return client;
    const next = parse(text);
    if (!next) return client;
    client = next;
  }
  return client;
}

function byHops(socket: string, claimed: readonly string[], count: number): string {
  let client = socket;
  for (const text of claimed.slice(Math.max(0, claimed.length - count)).reverse()) {
    const next = parse(text);
    if (!next) return client;
    client = next;
  }
  return client;
}

/** One spelling per address: no port, no brackets, no zone, IPv4 also where it came mapped into IPv6. */
function parse(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^\[([^\]]+)\](:\d+)?$/, "$1")
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1")
    .replace(/%.*$/, "");
  if (!ipaddr.IPv4.isValidFourPartDecimal(bare) && !ipaddr.IPv6.isValid(bare)) return undefined;
  return ipaddr.process(bare).toString();
}

function isWithin(address: string, networks: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  return networks.some((network) => {
    const [base, bits] = ipaddr.parseCIDR(network);
    return base.kind() === parsed.kind() && parsed.match(base, bits);
  });
}
