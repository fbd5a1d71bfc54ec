import type { PolicyEffect } from "@/db/enums";
import type { ProfileRule } from "@/server/modules/gateways/state.schema";
import { addressValue, holds, rangeOf } from "./address-range";
import type { Packet } from "./policy-model";

interface RuleList {
  rules: readonly ProfileRule[];
  /** What `internet` leaves out. */
  privateNetworks: readonly string[];
}

interface ProfileVerdict {
  verdict: PolicyEffect;
  /** Null when no rule matches. */
  policyId: string | null;
}

export const acceptsPacket = ({ protocol, ports }: ProfileRule, packet: Omit<Packet, "destination">): boolean => {
  if (protocol !== "any" && protocol !== packet.protocol) return false;
  return !ports || (packet.port !== undefined && ports.from <= packet.port && packet.port <= ports.to);
};

/** What a gateway does with a packet of a device that has these rules. */
export function evaluateProfile({ rules, privateNetworks }: RuleList, packet: Packet): ProfileVerdict {
  const at = addressValue(packet.destination);
  const isIn = (network: string) => holds(rangeOf(network), at);
  const rule = rules.find((each) => {
    if (!acceptsPacket(each, packet)) return false;
    return each.destination === "internet" ? !privateNetworks.some(isIn) : isIn(each.destination);
  });
  return rule ? { verdict: rule.verdict, policyId: rule.policyId } : { verdict: "deny", policyId: null };
}
