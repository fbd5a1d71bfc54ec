import type { NetworkProtocol } from "@/db/enums";
import { type Considered, type Decision, evaluate } from "./evaluate";
import type { NetworkPolicy, Packet, PolicyDestination, Rulebook, Subject } from "./policy-model";
import type { Reach } from "./schema";

export interface Question {
  readonly dst: string;
  readonly protocol: NetworkProtocol;
  /** Null is all of them. */
  readonly port: number | null;
}

type Ports = PolicyDestination["ports"];

interface Stretch {
  protocol: NetworkProtocol | "other";
  ports: Ports;
}

/** Traffic that goes one way, and what decides about it. */
export interface ExplainedPart extends Stretch {
  verdict: Decision["verdict"];
  decidedBy: Decision["decidedBy"];
}

export interface Explained {
  verdict: Reach;
  reason: Decision["reason"];
  parts: ExplainedPart[];
  considered: Considered[];
}

const MAX_PORT = 65_535;

/** The ports between which no destination tells one from another. */
function portStretches(destinations: readonly PolicyDestination[], protocol: "tcp" | "udp", port: number | null) {
  if (port !== null) return [{ protocol, ports: { from: port, to: port } }];
  const starts = new Set([1]);
  for (const { protocol: named, ports } of destinations) {
    if (!ports || named !== protocol) continue;
    starts.add(ports.from);
    if (ports.to < MAX_PORT) starts.add(ports.to + 1);
  }
  const sorted = [...starts].sort((a, b) => a - b);
  return sorted.map((from, at) => ({ protocol, ports: { from, to: (sorted[at + 1] ?? MAX_PORT + 1) - 1 } }));
}

function stretchesOf(policies: readonly NetworkPolicy[], { protocol, port }: Question): Stretch[] {
  const destinations = policies.flatMap((policy) => policy.destinations);
  const protocols = protocol === "any" ? (["tcp", "udp", "icmp", "other"] as const) : [protocol];
  return protocols.flatMap((each): Stretch[] =>
    each === "tcp" || each === "udp" ? portStretches(destinations, each, port) : [{ protocol: each, ports: null }],
  );
}

const packetOf = (destination: string, { protocol, ports }: Stretch): Packet => ({
  destination,
  ...(protocol === "other" || protocol === "any" ? {} : { protocol }),
  ...(ports ? { port: ports.from } : {}),
});

const keyOf = ({ verdict, decidedBy }: Omit<ExplainedPart, keyof Stretch>): string =>
  JSON.stringify([verdict, decidedBy]);

/** Neighbours that go the same way for the same reason are one part; when all are alike, they are what was asked for. */
function joined(parts: readonly ExplainedPart[], { protocol, port }: Question): ExplainedPart[] {
  const [first] = parts;
  if (first && new Set(parts.map(keyOf)).size === 1) {
    return [{ ...first, protocol, ports: port === null ? null : { from: port, to: port } }];
  }
  const result: ExplainedPart[] = [];
  for (const part of parts) {
    const before = result.at(-1);
    if (before?.protocol === part.protocol && keyOf(before) === keyOf(part) && before.ports && part.ports) {
      result[result.length - 1] = { ...before, ports: { from: before.ports.from, to: part.ports.to } };
    } else result.push(part);
  }
  return result.map((part) => (part.ports?.from === 1 && part.ports.to === MAX_PORT ? { ...part, ports: null } : part));
}

/** A policy decided if it did about any of the traffic. */
function consideredOf(decisions: readonly Decision[]): Considered[] {
  const [first] = decisions;
  return (first?.considered ?? []).map(({ policyId, whyNot }, at) => {
    const all = decisions.flatMap(({ considered }) => considered[at] ?? []);
    if (all.some(({ isMatch }) => isMatch)) return { policyId, isMatch: true, whyNot: null };
    const isLate = all.some((each) => each.whyNot === "lower_order");
    return { policyId, isMatch: false, whyNot: isLate ? "lower_order" : whyNot };
  });
}

/** Why traffic to an address goes or does not go: the definition, asked of every kind of packet that policies tell apart. */
export function explained(
  rulebook: Rulebook,
  subject: Subject,
  { now, ...question }: Question & { now: Date },
): Explained {
  const stretches = stretchesOf(rulebook.policies, question);
  const decisions = stretches.map((stretch) =>
    evaluate(rulebook, subject, { ...packetOf(question.dst, stretch), now }),
  );
  const [first] = decisions;
  const verdicts = new Set(decisions.map(({ verdict }) => verdict));
  const verdict = verdicts.size > 1 ? "partly" : verdicts.has("allow") ? "allow" : "deny";
  const isGated = first !== undefined && first.reason !== "policy" && first.reason !== "default";
  if (isGated) return { verdict, reason: first.reason, parts: [], considered: [] };
  const parts = stretches.map((stretch, at) => ({
    ...stretch,
    verdict: decisions[at]?.verdict ?? "deny",
    decidedBy: decisions[at]?.decidedBy ?? null,
  }));
  const isSaid = parts.some(({ decidedBy }) => decidedBy !== null);
  return {
    verdict,
    reason: isSaid ? "policy" : "default",
    parts: joined(parts, question),
    considered: consideredOf(decisions),
  };
}
