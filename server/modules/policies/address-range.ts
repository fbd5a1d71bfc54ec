import ipaddr from "ipaddr.js";
import { type Address, networkText, parseAddress, parseNetwork } from "./network.schema";

export type Family = 4 | 6;

/** Addresses of one family, both ends included. */
export interface AddressRange {
  readonly family: Family;
  readonly first: bigint;
  readonly last: bigint;
}

const bitsOf = (family: Family): number => (family === 4 ? 32 : 128);

const numberOf = (address: Address): bigint =>
  address.toByteArray().reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);

/** An address as a number. IPv4 written as IPv6 is IPv4. @throws {TypeError} for what is no address */
export function addressValue(text: string): { family: Family; value: bigint } {
  const parsed = parseAddress(text);
  if (!parsed) throw new TypeError(`${text} is not an address`);
  const address = ipaddr.process(parsed.toString());
  return { family: address.kind() === "ipv4" ? 4 : 6, value: numberOf(address) };
}

/** @throws {TypeError} for what is no network */
export function rangeOf(text: string): AddressRange & { prefix: number } {
  const network = parseNetwork(text);
  if (!network) throw new TypeError(`${text} is not a network`);
  const family = network.address.kind() === "ipv4" ? 4 : 6;
  const hostBits = BigInt(bitsOf(family) - network.prefix);
  const first = (numberOf(network.address) >> hostBits) << hostBits;
  return { family, first, last: first | ((1n << hostBits) - 1n), prefix: network.prefix };
}

function textOf(family: Family, value: bigint, prefix: number): string {
  const bytes = Array.from({ length: bitsOf(family) / 8 }, (_, at) => Number((value >> BigInt(at * 8)) & 255n));
  return networkText({ address: ipaddr.fromByteArray(bytes.reverse()), prefix });
}

export const contains = (outer: AddressRange, inner: AddressRange): boolean =>
  outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;

export const overlaps = (a: AddressRange, b: AddressRange): boolean =>
  a.family === b.family && a.first <= b.last && b.first <= a.last;

export const holds = ({ family, first, last }: AddressRange, at: { family: Family; value: bigint }): boolean =>
  family === at.family && first <= at.value && at.value <= last;

const ascending = (a: AddressRange, b: AddressRange): number =>
  a.family - b.family || (a.first < b.first ? -1 : Number(a.first > b.first));

/** The same addresses in as few ranges as can be. */
function merged(ranges: readonly AddressRange[]): AddressRange[] {
  const result: AddressRange[] = [];
  for (const range of [...ranges].sort(ascending)) {
    const before = result.at(-1);
    if (before?.family === range.family && range.first <= before.last + 1n) {
      if (range.last > before.last) result[result.length - 1] = { ...before, last: range.last };
    } else result.push(range);
  }
  return result;
}

/** The largest networks that make up a range. */
function networksOf({ family, first, last }: AddressRange): string[] {
  const networks: string[] = [];
  let at = first;
  while (at <= last) {
    let hostBits = 0;
    while (hostBits < bitsOf(family) && (at & ((1n << BigInt(hostBits + 1)) - 1n)) === 0n) {
      if (at + (1n << BigInt(hostBits + 1)) - 1n > last) break;
      hostBits += 1;
    }
    networks.push(textOf(family, at, bitsOf(family) - hostBits));
    at += 1n << BigInt(hostBits);
  }
  return networks;
}

/** The fewest networks that hold exactly the addresses of these, IPv4 first. */
export const aggregate = (networks: readonly string[]): string[] => asNetworks(networks.map(rangeOf));

const WHOLE: readonly AddressRange[] = [
  { family: 4, first: 0n, last: (1n << 32n) - 1n },
  { family: 6, first: 0n, last: (1n << 128n) - 1n },
];

/** Every address but those of the networks. */
export function everythingBut(networks: readonly string[]): AddressRange[] {
  const gaps = merged(networks.map(rangeOf));
  return WHOLE.flatMap(({ family, first, last }) => {
    const rest: AddressRange[] = [];
    let at = first;
    for (const gap of gaps.filter((each) => each.family === family)) {
      if (at < gap.first) rest.push({ family, first: at, last: gap.first - 1n });
      at = gap.last + 1n;
    }
    if (at <= last) rest.push({ family, first: at, last });
    return rest;
  });
}

/** The addresses that are in a range of each side. */
const shared = (left: readonly AddressRange[], right: readonly AddressRange[]): AddressRange[] =>
  left.flatMap((a) =>
    right
      .filter((b) => overlaps(a, b))
      .map((b) => ({
        family: a.family,
        first: holds(a, { family: b.family, value: b.first }) ? b.first : a.first,
        last: holds(a, { family: b.family, value: b.last }) ? b.last : a.last,
      })),
  );

const asNetworks = (ranges: readonly AddressRange[]): string[] => merged(ranges).flatMap(networksOf);
const asRanges = (networks: readonly string[]): AddressRange[] => merged(networks.map(rangeOf));

/** The fewest networks that hold exactly what both hold. */
export const intersection = (left: readonly string[], right: readonly string[]): string[] =>
  asNetworks(shared(asRanges(left), asRanges(right)));

/** The fewest networks that hold exactly what the first hold and the others do not. */
export const difference = (networks: readonly string[], others: readonly string[]): string[] =>
  asNetworks(shared(asRanges(networks), everythingBut(others)));
