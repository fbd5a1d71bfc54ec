import type { NetworkProtocol } from "@/db/enums";
import type { ProfileRule } from "@/server/modules/gateways/state.schema";
import { type AddressRange, everythingBut, overlaps, rangeOf } from "./address-range";
import type { Packet } from "./policy-model";
import { acceptsPacket } from "./profile-evaluation";
import type { Reach } from "./schema";

/** Traffic as people name it: without a protocol all of it, without ports all of the protocol. */
export interface Traffic {
  /** A network, an address, or `internet`. */
  destination: string;
  protocol: NetworkProtocol;
  ports: ProfileRule["ports"];
}

type Span = Omit<Packet, "destination">;

const MAX_PORT = 65_535;
const PROTOCOLS = ["tcp", "udp", "icmp"] as const;

interface PlacedRule {
  rule: ProfileRule;
  ranges: readonly AddressRange[];
}

/** Works out what rules make of traffic; knows the ranges of what it was asked about before. */
export class Reachability {
  readonly #ranges = new Map<string, readonly AddressRange[]>();

  constructor(private readonly privateNetworks: readonly string[]) {}

  #rangesOf(destination: string): readonly AddressRange[] {
    const known = this.#ranges.get(destination);
    if (known) return known;
    const ranges = destination === "internet" ? everythingBut(this.privateNetworks) : [rangeOf(destination)];
    this.#ranges.set(destination, ranges);
    return ranges;
  }

  #relevant(rules: readonly ProfileRule[], asked: readonly AddressRange[]): PlacedRule[] {
    return rules
      .map((rule) => ({ rule, ranges: this.#rangesOf(rule.destination) }))
      .filter(({ ranges }) => ranges.some((range) => asked.some((each) => overlaps(each, range))));
  }

  /** What becomes of the traffic under these rules. */
  of(rules: readonly ProfileRule[], traffic: Traffic): Reach {
    return this.change(rules, rules, traffic).before;
  }

  /** What becomes of the traffic before and after, and whether any of it is won or lost. */
  change(before: readonly ProfileRule[], after: readonly ProfileRule[], traffic: Traffic) {
    const asked = this.#rangesOf(traffic.destination);
    const [old, next] = [this.#relevant(before, asked), before === after ? null : this.#relevant(after, asked)];
    const rules = next ? [...old, ...next] : old;
    const spans = spansOf(rules, traffic);
    const seen = { before: new Set<string>(), after: new Set<string>(), gains: false, loses: false };
    for (const at of addressesOf(rules, asked)) {
      for (const span of spans) {
        const was = verdictOf(old, at, span);
        const is = next ? verdictOf(next, at, span) : was;
        seen.before.add(was);
        seen.after.add(is);
        if (was !== is) seen[is === "allow" ? "gains" : "loses"] = true;
      }
    }
    return {
      before: summary(seen.before),
      after: summary(seen.after),
      gains: seen.gains,
      loses: seen.loses,
    };
  }
}

const summary = (verdicts: ReadonlySet<string>): Reach =>
  verdicts.size > 1 ? "partly" : verdicts.has("allow") ? "allow" : "deny";

type At = Pick<AddressRange, "family" | "first">;

function verdictOf(rules: readonly PlacedRule[], { family, first }: At, span: Span) {
  const found = rules.find(
    ({ rule, ranges }) =>
      acceptsPacket(rule, span) &&
      ranges.some((range) => range.family === family && range.first <= first && first <= range.last),
  );
  return found?.rule.verdict ?? "deny";
}

/** One address for each stretch of the asked ranges that every rule holds wholly or not at all. */
function addressesOf(rules: readonly PlacedRule[], asked: readonly AddressRange[]): At[] {
  return asked.flatMap(({ family, first, last }) => {
    const starts = new Set([first]);
    for (const { ranges } of rules) {
      for (const range of ranges.filter((each) => each.family === family)) {
        if (first < range.first && range.first <= last) starts.add(range.first);
        if (first <= range.last && range.last < last) starts.add(range.last + 1n);
      }
    }
    return [...starts].map((start) => ({ family, first: start }));
  });
}

/** One packet for each protocol and stretch of ports that every rule treats alike. */
function spansOf(rules: readonly PlacedRule[], { protocol, ports }: Traffic): Span[] {
  const protocols = protocol === "any" ? PROTOCOLS : [protocol];
  const spans = protocols.flatMap((each): Span[] =>
    each === "icmp" ? [{ protocol: each }] : portsOf(rules, each, ports).map((port) => ({ protocol: each, port })),
  );
  return protocol === "any" ? [...spans, {}] : spans;
}

function portsOf(rules: readonly PlacedRule[], protocol: "tcp" | "udp", asked: Traffic["ports"]): number[] {
  const { from, to } = asked ?? { from: 1, to: MAX_PORT };
  const starts = new Set([from]);
  for (const { rule } of rules) {
    if (!rule.ports || rule.protocol !== protocol) continue;
    for (const start of [rule.ports.from, rule.ports.to + 1]) if (from < start && start <= to) starts.add(start);
  }
  return [...starts];
}
