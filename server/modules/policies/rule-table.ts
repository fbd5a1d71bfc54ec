import type { ProfileRule } from "@/server/modules/gateways/state.schema";
import { type AddressRange, overlaps, rangeOf } from "./address-range";
import { networkText, parseNetwork } from "./network.schema";
import { inOrder, type NetworkPolicy, type PolicyDestination, type Rulebook } from "./policy-model";

/** A rule as it stands in every profile that has its policy. */
export interface TableRule {
  readonly rule: ProfileRule;
  /** Of its policy, in order. */
  readonly policyAt: number;
  /** The rule as canonical JSON, so that a profile's hash costs no serialising. */
  readonly json: string;
  /** Earlier rules, any of which leaves nothing for this one: itself is the first of its kind without them. */
  readonly coveredBy: readonly TableRule[];
}

/** The policies in order, each with its rules, widest first. */
export interface RuleTable {
  readonly policies: readonly NetworkPolicy[];
  readonly rulesOf: readonly (readonly TableRule[])[];
}

interface Place {
  text: string;
  range: (AddressRange & { prefix: number }) | null;
  protocol: PolicyDestination["protocol"];
  ports: PolicyDestination["ports"];
}

const ANYWHERE: Place = { text: "internet", range: null, protocol: "any", ports: null };

function compare(a: Place, b: Place): number {
  if (!a.range || !b.range) return Number(b.range === null) - Number(a.range === null);
  if (a.range.family !== b.range.family) return a.range.family - b.range.family;
  if (a.range.prefix !== b.range.prefix) return a.range.prefix - b.range.prefix;
  if (a.range.first !== b.range.first) return a.range.first < b.range.first ? -1 : 1;
  return spanText(a) < spanText(b) ? -1 : 1;
}

/** Whole protocols before their ports. */
const spanText = ({ protocol, ports }: Place): string =>
  `${protocol} ${ports ? `${String(ports.from).padStart(5, "0")}-${String(ports.to).padStart(5, "0")}` : ""}`;

function placesOf(policy: NetworkPolicy): Place[] {
  const places: Place[] = policy.destinations.map(({ network, protocol, ports }) => ({
    text: canonical(network),
    range: rangeOf(network),
    protocol,
    ports,
  }));
  if (policy.fullTunnel && policy.effect === "allow") places.push(ANYWHERE);
  return places.sort(compare);
}

/** One number for a network: where it starts, how long it is and of which family. */
const keyOf = ({ first, prefix, family }: AddressRange & { prefix: number }): bigint =>
  (first << 9n) | BigInt(prefix << 1) | (family === 4 ? 0n : 1n);

const coversSpan = (a: ProfileRule, b: ProfileRule): boolean => {
  if (a.protocol !== "any" && a.protocol !== b.protocol) return false;
  return a.ports === null || (b.ports !== null && a.ports.from <= b.ports.from && b.ports.to <= a.ports.to);
};

/** The rules so far, to be found by the networks around another. */
class Covers {
  readonly #byNetwork = new Map<bigint, TableRule[]>();
  readonly #prefixes: Record<4 | 6, Set<number>> = { 4: new Set(), 6: new Set() };
  readonly #internet: TableRule[] = [];
  readonly #privateRanges: readonly AddressRange[];

  constructor(privateNetworks: readonly string[]) {
    this.#privateRanges = privateNetworks.map(rangeOf);
  }

  of({ range }: Place, rule: ProfileRule): TableRule[] {
    const around = range ? this.#around(range) : this.#internet;
    return around.filter((each) => coversSpan(each.rule, rule));
  }

  #around(range: AddressRange & { prefix: number }): TableRule[] {
    const bits = range.family === 4 ? 32 : 128;
    const found = [...this.#prefixes[range.family]]
      .filter((prefix) => prefix <= range.prefix)
      .flatMap((prefix) => {
        const hostBits = BigInt(bits - prefix);
        const first = (range.first >> hostBits) << hostBits;
        return this.#byNetwork.get(keyOf({ ...range, first, prefix })) ?? [];
      });
    if (this.#internet.length === 0) return found;
    return this.#privateRanges.some((each) => overlaps(each, range)) ? found : [...found, ...this.#internet];
  }

  add({ range }: Place, rule: TableRule): void {
    if (!range) {
      this.#internet.push(rule);
      return;
    }
    const key = keyOf(range);
    this.#prefixes[range.family].add(range.prefix);
    const same = this.#byNetwork.get(key);
    if (same) same.push(rule);
    else this.#byNetwork.set(key, [rule]);
  }
}

/** What canonical JSON (RFC 8785) makes of a rule: keys in order, no spaces. */
function jsonOf({ destination, policyId, ports, protocol, verdict }: ProfileRule): string {
  return JSON.stringify({
    destination,
    policyId,
    ports: ports && { from: ports.from, to: ports.to },
    protocol,
    verdict,
  });
}

/** Every rule there is, once, in the one order that holds in all profiles. */
export function ruleTable({ policies, privateNetworks }: Rulebook): RuleTable {
  const ordered = policies.filter(({ isActive }) => isActive).sort(inOrder);
  const covers = new Covers(privateNetworks);
  const rulesOf = ordered.map((policy, policyAt) => {
    return placesOf(policy).map((place) => {
      const { text, protocol, ports } = place;
      const rule = { destination: text, verdict: policy.effect, protocol, ports, policyId: policy.id };
      const row: TableRule = { rule, policyAt, json: jsonOf(rule), coveredBy: covers.of(place, rule) };
      covers.add(place, row);
      return row;
    });
  });
  return { policies: ordered, rulesOf };
}

function canonical(network: string): string {
  const parsed = parseNetwork(network);
  if (!parsed) throw new TypeError(`${network} is not a network`);
  return networkText(parsed);
}
