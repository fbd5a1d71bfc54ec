import ipaddr from "ipaddr.js";

/** A network or an address with the length of its prefix, in the one spelling that is compared and handed to programs. */
export interface Network {
  readonly family: 4 | 6;
  /** As it was given, host bits and all. */
  readonly address: string;
  readonly prefix: number;
  /** Without host bits, as `address/prefix`. */
  readonly text: string;
}

/** Neither zones nor anything else that a program might take for more than an address. */
const SPELLING = /^[0-9a-f:.]+$/i;
const PREFIX = /^\d{1,3}$/;

export const families = [4, 6] as const;
export const lengthOf = { 4: 32, 6: 128 } as const;

/** @returns undefined for what is not a network, or spelt in a way that could be read as another */
export function parseNetwork(text: string): Network | undefined {
  const [address = "", bits = "", ...rest] = text.split("/");
  const found = parseAddress(address);
  const prefix = Number(bits);
  if (!found || rest.length > 0 || !PREFIX.test(bits) || prefix > lengthOf[found.family]) return undefined;
  const kind = found.family === 4 ? ipaddr.IPv4 : ipaddr.IPv6;
  const network = kind.networkAddressFromCIDR(`${found.address}/${prefix}`).toString();
  return { ...found, prefix, text: `${network}/${prefix}` };
}

/** An address of either family in its one spelling. */
export function parseAddress(text: string): { readonly family: 4 | 6; readonly address: string } | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return { family: 4, address: text };
  if (!SPELLING.test(text) || !ipaddr.IPv6.isValid(text)) return undefined;
  return { family: 6, address: ipaddr.IPv6.parse(text).toString() };
}

/** Of an address in its one spelling. */
export const familyOf = (address: string): 4 | 6 => (address.includes(":") ? 6 : 4);

/** A single address without its prefix, as it stands in `allowedIps` that were checked. */
export const withoutPrefix = (network: string): string => network.slice(0, network.indexOf("/"));

/** The other way round. */
export const asNetwork = (address: string): string => `${address}/${lengthOf[familyOf(address)]}`;
