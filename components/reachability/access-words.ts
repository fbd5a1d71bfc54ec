import { protocolOptions, targetWords } from "@/components/policies/policy-words";
import type { NetworkProtocol, PolicyTargetType } from "@/db/enums";
import type { AccessPart, AccessReason, Decider, DeviceAccess, WhyNot } from "@/server/modules/policies/access.schema";

export interface Traffic {
  dst: string;
  protocol: NetworkProtocol;
  port: number | null;
}

const protocolText = (protocol: NetworkProtocol): string =>
  protocolOptions.find(({ value }) => value === protocol)?.label ?? protocol;

/** "10.0.3.4", "10.0.3.4 on TCP 443". */
export function trafficText({ dst, protocol, port }: Traffic): string {
  return protocol === "any" ? dst : `${dst} on ${[protocolText(protocol), port].filter(Boolean).join(" ")}`;
}

/** "TCP 80–443", "UDP", "Any protocol", "Other protocols". */
export function partText({ protocol, ports }: Pick<AccessPart, "protocol" | "ports">): string {
  if (protocol === "other") return "Other protocols";
  if (!ports) return protocolText(protocol);
  return `${protocolText(protocol)} ${ports.from === ports.to ? ports.from : `${ports.from}–${ports.to}`}`;
}

const targetText = ({ type, name }: { type: PolicyTargetType; name: string | null }): string =>
  type === "all" ? "everybody" : `${targetWords[type].toLowerCase()} ${name ?? "that is gone"}`;

export const destinationText = (destination: string): string =>
  destination === "internet" ? "the internet" : destination;

/** "policy “Engineering” (priority 10) allows 10.20.0.0/24 to group Engineering". */
export function deciderText({ name, priority, effect, destination, via }: Decider): string {
  const what = destinationText(destination);
  const does = effect === "allow" ? `allows ${what} to ${targetText(via)}` : `denies ${what} to ${targetText(via)}`;
  return `policy “${name}” (priority ${priority}) ${does}`;
}

/** Why nothing of a device gets through, before policies are asked. */
export const gateTexts: Readonly<Record<Exclude<AccessReason, "policy" | "default">, string>> = {
  device_state: "the device is not active",
  user_state: "its owner is not active",
  expired: "the device has expired",
  no_tunnel: "the device has no tunnel to a gateway",
  gateway_off: "the gateway of its tunnel is switched off",
};

/** The same, short. */
export const reasonLabels: Readonly<Record<AccessReason, string>> = {
  policy: "A policy",
  default: "No policy matches",
  device_state: "Not active",
  user_state: "Owner not active",
  expired: "Expired",
  no_tunnel: "No tunnel",
  gateway_off: "Gateway off",
};

const said = { allow: "Yes", deny: "No", partly: "In part" } as const;

/** The answer in one sentence. */
export function answerText({ verdict, reason, decidedBy, parts }: DeviceAccess): string {
  if (reason !== "policy" && reason !== "default") return `${said[verdict]}: ${gateTexts[reason]}.`;
  if (decidedBy) return `${said[verdict]}: ${deciderText(decidedBy)}.`;
  if (reason === "default")
    return `${said[verdict]}: no policy for it holds this address. What none matches is denied.`;
  if (verdict === "partly") return `${said[verdict]}: it depends on the protocol and the port.`;
  return `${said[verdict]}: ${parts.length} parts of the traffic are decided one by one.`;
}

/** What policies would make of it, when something before them stands in the way. */
export function otherwiseText({ parts, reason }: DeviceAccess): string | null {
  if (reason === "policy" || reason === "default" || parts.length === 0) return null;
  const verdicts = new Set(parts.map(({ verdict }) => verdict));
  if (verdicts.size > 1) return "Policies would allow some of it.";
  return verdicts.has("allow") ? "Policies would allow it." : "Policies would not allow it either.";
}

export const whyNotTexts: Readonly<Record<WhyNot, string>> = {
  disabled: "It is switched off",
  window: "Now is outside of its time",
  no_target: "It is not for this device",
  excluded: "It leaves this device out",
  dst_mismatch: "It does not lead there",
  lower_order: "An earlier policy decided",
};
