import ipaddr from "ipaddr.js";
import { z } from "zod";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface ParsedNetwork {
  address: Address;
  prefix: number;
}

const Ipv6 = z.ipv6();
const DOTTED_END = /\d{1,3}(?:\.\d{1,3}){3}$/;

/** `102:304` of 1.2.3.4. */
const grouped = (dotted: string): string => {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
  return [a * 256 + b, c * 256 + d].map((group) => group.toString(16)).join(":");
};

/** The address a text is, or undefined. Neither zones nor octal, hexadecimal or shortened IPv4 are addresses here. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(":")) return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : undefined;
  if (text.includes("%") || !Ipv6.safeParse(text).success) return undefined;
  // ipaddr.js reads `::1.2.3.4` as an IPv4-mapped address, which it is not; PostgreSQL writes addresses like that.
  return ipaddr.IPv6.parse(text.replace(DOTTED_END, grouped));
}

/** The address and length of a network, host bits and all; one address alone is a network of its own. */
export function parseNetwork(text: string): ParsedNetwork | undefined {
  const [, host = "", length] = /^([^/]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (!address) return undefined;
  const bits = address.kind() === "ipv4" ? 32 : 128;
  const prefix = length === undefined ? bits : Number(length);
  return prefix <= bits ? { address, prefix } : undefined;
}

/** `10.0.0.0/16` of 10.0.3.4/16. */
export function networkText({ address, prefix }: ParsedNetwork): string {
  const text = `${address}/${prefix}`;
  return address.kind() === "ipv4"
    ? `${ipaddr.IPv4.networkAddressFromCIDR(text)}/${prefix}`
    : `${ipaddr.IPv6.networkAddressFromCIDR(text)}/${prefix}`;
}

const MAPPED = ipaddr.IPv6.parseCIDR("::ffff:0:0/96");

const isMapped = ({ address, prefix }: ParsedNetwork): boolean =>
  address instanceof ipaddr.IPv6 && prefix >= 96 && address.match(MAPPED);

function mappedMessage({ address, prefix }: ParsedNetwork): string {
  const inner = address instanceof ipaddr.IPv6 ? address.toIPv4Address() : address;
  return `This is an IPv4 network written as IPv6. Write ${networkText({ address: inner, prefix: prefix - 96 })}.`;
}

/** What is wrong with a network and what was probably meant, or undefined. */
function complaint(text: string, network: ParsedNetwork | undefined): string | undefined {
  if (!network) return "Enter a network like 10.0.0.0/8 or fd00::/8, or one address.";
  if (isMapped(network)) return mappedMessage(network);
  const { address } = network;
  const bits = address.kind() === "ipv4" ? 32 : 128;
  const whole = networkText(network);
  if (whole === `${address}/${network.prefix}`) return undefined;
  return `${text} is an address inside a network. Write ${whole} for the network, or ${address}/${bits} for this address alone.`;
}

/** A network without host bits, in its one spelling; a single address becomes a /32 or /128. */
export const CanonicalNetwork = z
  .string()
  .trim()
  .transform((text, context) => {
    const network = parseNetwork(text);
    const message = complaint(text, network);
    if (message === undefined && network) return networkText(network);
    context.addIssue({ code: "custom", message: message ?? "This is not a network." });
    return z.NEVER;
  });

/** One address, in its one spelling; an IPv4 address written as IPv6 is the IPv4 address. */
export const CanonicalAddress = z
  .string()
  .trim()
  .transform((text, context) => {
    const address = parseAddress(text);
    if (address) return ipaddr.process(address.toString()).toString();
    context.addIssue({ code: "custom", message: "Enter one address like 10.0.3.4 or fd00::1." });
    return z.NEVER;
  });
