import { isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";

/** The first bits of an address, as a network; the same text for whatever has no address. */
function networkOf(ip: string | null, bits: { v4: number; v6: number }): string {
  if (ip === null || !ipaddr.isValid(ip)) return "unknown";
  const address = ipaddr.process(ip);
  if (address.kind() === "ipv4") return `${ipaddr.IPv4.networkAddressFromCIDR(`${address}/${bits.v4}`)}/${bits.v4}`;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/${bits.v6}`)}/${bits.v6}`;
}

/** What one caller has to itself: an IPv4 address, and of IPv6 a /64, within which it can take any address it likes. */
export const ownAddress = (ip: string | null): string =>
  ip !== null && isIPv4(ip) ? `${ip}/32` : networkOf(ip, { v4: 32, v6: 64 });

/** Whom a caller may share addresses with: a /24, and of IPv6 the /48 that one customer gets. Needs no list of networks. */
export const neighbourhood = (ip: string | null): string => networkOf(ip, { v4: 24, v6: 48 });
