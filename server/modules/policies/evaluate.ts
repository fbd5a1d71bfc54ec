import type { PolicyEffect } from "@/db/enums";
import type { WhyNot } from "./access.schema";
import { type Address, parseAddress, parseNetwork } from "./network.schema";
import {
  type GateReason,
  gateReason,
  inOrder,
  isInWindow,
  type NetworkPolicy,
  type Packet,
  type PolicyDestination,
  type PolicyTarget,
  type Rulebook,
  type Subject,
} from "./policy-model";

export interface Considered {
  policyId: string;
  isMatch: boolean;
  whyNot: WhyNot | null;
}

export interface Decision {
  verdict: PolicyEffect;
  reason: GateReason | "default" | "policy";
  decidedBy: { policyId: string; destination: string; via: PolicyTarget } | null;
  /** Every policy in the order they are asked; none when the subject gets nothing anyway. */
  considered: Considered[];
}

const TARGET_ORDER = ["device", "user", "group", "tag", "all"] as const;

function names(target: PolicyTarget, { deviceId, owner, tagIds }: Subject): boolean {
  if (target.type === "all") return true;
  if (target.id === null) return false;
  if (target.type === "device") return target.id === deviceId;
  if (target.type === "user") return target.id === owner?.id;
  return (target.type === "group" ? (owner?.groupIds ?? []) : tagIds).includes(target.id);
}

const isWithin = (address: Address, text: string): boolean => {
  const network = parseNetwork(text);
  return network?.address.kind() === address.kind() && address.match(network.address, network.prefix);
};

const accepts = ({ protocol, ports }: PolicyDestination, packet: Packet): boolean => {
  if (protocol !== "any" && protocol !== packet.protocol) return false;
  if (!ports) return true;
  return packet.port !== undefined && ports.from <= packet.port && packet.port <= ports.to;
};

interface Asked {
  subject: Subject;
  packet: Packet;
  address: Address;
  now: Date;
  privateNetworks: readonly string[];
}

/** The narrowest destination that holds the packet, or `internet`. */
function destinationOf(policy: NetworkPolicy, { packet, address, privateNetworks }: Asked): string | undefined {
  const [narrowest] = policy.destinations
    .filter((each) => isWithin(address, each.network) && accepts(each, packet))
    .map(({ network }) => ({ network, prefix: parseNetwork(network)?.prefix ?? 0 }))
    .sort((a, b) => b.prefix - a.prefix);
  if (narrowest) return narrowest.network;
  if (!policy.fullTunnel || policy.effect !== "allow") return undefined;
  return privateNetworks.some((network) => isWithin(address, network)) ? undefined : "internet";
}

type Match = { via: PolicyTarget; destination: string } | { whyNot: WhyNot };

function match(policy: NetworkPolicy, asked: Asked): Match {
  if (!policy.isActive) return { whyNot: "disabled" };
  if (!isInWindow(policy, asked.now)) return { whyNot: "window" };
  const named = policy.targets.filter((target) => names(target, asked.subject));
  if (named.some(({ isExcluded }) => isExcluded)) return { whyNot: "excluded" };
  const via = TARGET_ORDER.flatMap((type) => named.find((target) => target.type === type) ?? [])[0];
  if (!via) return { whyNot: "no_target" };
  const destination = destinationOf(policy, asked);
  return destination === undefined ? { whyNot: "dst_mismatch" } : { via, destination };
}

/**
 * May this packet go, and why: the definition, one policy after the other. What is compiled for gateways must say the
 * same of every packet. @throws {TypeError} when the destination is not an address
 */
export function evaluate({ policies, privateNetworks }: Rulebook, subject: Subject, asked: Packet & { now: Date }) {
  const address = unmapped(parseAddress(asked.destination));
  if (!address) throw new TypeError(`${asked.destination} is not an address`);
  const gate = gateReason(subject, asked.now);
  if (gate) return { verdict: "deny", reason: gate, decidedBy: null, considered: [] } satisfies Decision;
  const decision: Decision = { verdict: "deny", reason: "default", decidedBy: null, considered: [] };
  for (const policy of [...policies].sort(inOrder)) {
    const found = match(policy, { subject, packet: asked, address, now: asked.now, privateNetworks });
    const isLate = decision.decidedBy !== null;
    const isMatch = !isLate && "via" in found;
    const whyNot = "via" in found ? (isLate ? "lower_order" : null) : found.whyNot;
    decision.considered.push({ policyId: policy.id, isMatch, whyNot });
    if (!isMatch) continue;
    Object.assign(decision, { verdict: policy.effect, reason: "policy" });
    decision.decidedBy = { policyId: policy.id, destination: found.destination, via: found.via };
  }
  return decision;
}

/** An IPv4 address written as IPv6 is the IPv4 address. */
function unmapped(address: Address | undefined): Address | undefined {
  return address && "isIPv4MappedAddress" in address && address.isIPv4MappedAddress()
    ? address.toIPv4Address()
    : address;
}
