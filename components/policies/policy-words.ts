import type { Tone } from "@/components/ui/badge";
import type { Option } from "@/components/ui/select";
import type { NetworkProtocol, PolicyEffect, PolicyTargetType } from "@/db/enums";
import type { Finding, LintKind, Reach, TargetLabel } from "@/server/modules/policies/schema";

export const effectLooks: Readonly<Record<PolicyEffect, { label: string; tone: Tone }>> = {
  allow: { label: "Allow", tone: "success" },
  deny: { label: "Deny", tone: "danger" },
};

export const reachLooks: Readonly<Record<Reach, { label: string; tone: Tone }>> = {
  allow: { label: "Allowed", tone: "success" },
  deny: { label: "Denied", tone: "danger" },
  partly: { label: "In part", tone: "warning" },
};

export const targetWords: Readonly<Record<PolicyTargetType, string>> = {
  user: "User",
  device: "Device",
  group: "Group",
  tag: "Tag",
  all: "Everybody",
};

export const effectOptions: readonly Option[] = [
  { value: "allow", label: "Allow" },
  { value: "deny", label: "Deny" },
];

export const protocolOptions: readonly (Option & { value: NetworkProtocol })[] = [
  { value: "any", label: "Any protocol" },
  { value: "tcp", label: "TCP" },
  { value: "udp", label: "UDP" },
  { value: "icmp", label: "ICMP" },
];

type Ports = { from: number; to: number } | null;

/** "443", "8000–8100", or nothing for all of them. */
export const portsText = (ports: Ports): string =>
  ports === null ? "" : ports.from === ports.to ? `${ports.from}` : `${ports.from}–${ports.to}`;

interface Traffic {
  protocol: NetworkProtocol;
  ports: Ports;
}

/** "TCP 443", "ICMP", "Any protocol". */
export function trafficText({ protocol, ports }: Traffic): string {
  const name = protocolOptions.find(({ value }) => value === protocol)?.label ?? protocol;
  return [name, portsText(ports)].filter(Boolean).join(" ");
}

export const targetText = ({ type, name }: Pick<TargetLabel, "type" | "name">): string =>
  type === "all" ? "Everybody" : (name ?? `${targetWords[type]} that is gone`);

/** "Builders, laptop-7 without Guests". */
export function targetsText(targets: readonly TargetLabel[]): string {
  const of = (isExcluded: boolean) => targets.filter((target) => target.isExcluded === isExcluded).map(targetText);
  const [included, excluded] = [of(false), of(true)];
  if (included.length === 0) return "Nobody";
  return excluded.length === 0 ? included.join(", ") : `${included.join(", ")} without ${excluded.join(", ")}`;
}

interface FindingWords {
  label: string;
  tone: Tone;
  says: (finding: Finding) => string;
}

const by = ({ by: policies }: Finding): string => policies.map(({ name }) => `“${name}”`).join(", ");

export const findingWords: Readonly<Record<LintKind, FindingWords>> = {
  "inert-targets": {
    label: "For nobody",
    tone: "warning",
    says: () => "It does nothing: it is for nobody. Add a user, device, group or tag, or everybody.",
  },
  "inert-destinations": {
    label: "No destination",
    tone: "warning",
    says: () => "It does nothing: it has no destination. Add one, or send everything through the tunnel.",
  },
  shadowed: {
    label: "Shadowed",
    tone: "warning",
    says: (finding) => `It never decides anything: ${by(finding)} always comes first.`,
  },
  "full-tunnel-denied": {
    label: "Tunnel denied",
    tone: "danger",
    says: (finding) => `Everything goes into the tunnel, and ${by(finding)} denies it there.`,
  },
  unreachable: {
    label: "Unreachable",
    tone: "warning",
    says: ({ destination }) => `No gateway reaches ${destination}. Add the network to a gateway.`,
  },
  "pool-overlap": {
    label: "Device to device",
    tone: "neutral",
    says: ({ destination }) => `${destination} holds addresses of devices: they can reach each other there.`,
  },
};
