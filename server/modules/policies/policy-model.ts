import type { NetworkProtocol, PolicyEffect, PolicyTargetType } from "@/db/enums";
import { hasExpired } from "@/server/modules/devices/schema";
import type { ProfileRule } from "@/server/modules/gateways/state.schema";

export interface PolicyTarget {
  readonly type: PolicyTargetType;
  /** Null for `all`. */
  readonly id: string | null;
  readonly isExcluded: boolean;
}

export interface PolicyDestination {
  /** Without host bits. */
  readonly network: string;
  readonly protocol: NetworkProtocol;
  readonly ports: ProfileRule["ports"];
}

/** The half of a policy that opens and closes the network. */
export interface NetworkPolicy {
  readonly id: string;
  /** 0 comes first. */
  readonly priority: number;
  readonly effect: PolicyEffect;
  readonly isActive: boolean;
  readonly fullTunnel: boolean;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly targets: readonly PolicyTarget[];
  readonly destinations: readonly PolicyDestination[];
}

/** What policies know a device by. */
export interface Subject {
  /** Null for one that is only thought of: what a user, or a group's member, would get. */
  readonly deviceId: string | null;
  readonly isActive: boolean;
  readonly expiresAt: Date | null;
  /** Null for a server nobody owns. */
  readonly owner: {
    readonly id: string | null;
    readonly isActive: boolean;
    readonly groupIds: readonly string[];
  } | null;
  readonly tagIds: readonly string[];
}

/** Everything a verdict follows from but the subject and the moment. */
export interface Rulebook {
  readonly policies: readonly NetworkPolicy[];
  /** What `internet` leaves out. */
  readonly privateNetworks: readonly string[];
}

/** Without a protocol, a packet that is neither TCP nor UDP nor ICMP. */
export interface Packet {
  readonly destination: string;
  readonly protocol?: Exclude<NetworkProtocol, "any">;
  readonly port?: number;
}

/** What no policy opens by sending everything through the tunnel. Pools come on top. */
const RESERVED_NETWORKS = [
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"],
  ...["::1/128", "fc00::/7", "fe80::/10", "ff00::/8"],
];

export const privateNetworksWith = (pools: readonly string[]): string[] => [
  ...new Set([...RESERVED_NETWORKS, ...pools]),
];

/** Why a subject gets nothing, before any policy. */
export type GateReason = "device_state" | "user_state" | "expired";

export function gateReason(subject: Subject, now: Date): GateReason | undefined {
  if (!subject.isActive) return "device_state";
  if (subject.owner && !subject.owner.isActive) return "user_state";
  return hasExpired(subject, now) ? "expired" : undefined;
}

/** From its first moment on, until its last, which is not part of it. */
export const isInWindow = ({ startsAt, endsAt }: NetworkPolicy, now: Date): boolean =>
  (startsAt === null || startsAt <= now) && (endsAt === null || endsAt > now);

/** The order in which policies are asked: by priority, then deny before allow, then by id. */
export function inOrder(a: NetworkPolicy, b: NetworkPolicy): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  if (a.effect !== b.effect) return a.effect === "deny" ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}
