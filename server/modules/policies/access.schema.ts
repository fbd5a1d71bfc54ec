import { z } from "zod";
import { deviceStatuses, networkProtocols, policyEffects, policyTargetTypes } from "@/db/enums";
import { DeviceId, GatewayId, PolicyId, UserId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";
import { CanonicalAddress } from "./network.schema";
import { reaches } from "./schema";

const traffic = {
  dst: CanonicalAddress,
  protocol: z.enum(networkProtocols).default("any"),
  port: z.coerce.number().int().min(1, "Ports begin at 1.").max(65_535, "Ports end at 65535.").optional(),
};

interface Asked {
  protocol: (typeof networkProtocols)[number];
  port?: number | undefined;
}

const hasProtocolForPort = ({ protocol, port }: Asked): boolean =>
  port === undefined || protocol === "tcp" || protocol === "udp";
const ONLY_TCP_AND_UDP = { path: ["port"], message: "Only TCP and UDP have ports. Choose one of them." };

/** What a device, or the devices of a user, can reach. Without a protocol it is about all of them, without a port about all ports. */
export const ExplainAccess = z
  .object({ device: DeviceId.optional(), user: UserId.optional(), ...traffic })
  .refine(({ device, user }) => (device === undefined) !== (user === undefined), {
    path: ["device"],
    message: "Name a device or a user, and not both.",
  })
  .refine(hasProtocolForPort, ONLY_TCP_AND_UDP);
export type ExplainAccess = z.infer<typeof ExplainAccess>;

/** Why a policy decided nothing. */
export const whyNots = ["disabled", "window", "no_target", "excluded", "dst_mismatch", "lower_order"] as const;
export type WhyNot = (typeof whyNots)[number];

/** A policy said so, none did, or what is asked before any policy. */
export const accessReasons = [
  "policy",
  "default",
  "device_state",
  "user_state",
  "expired",
  "no_tunnel",
  "gateway_off",
] as const;
export type AccessReason = (typeof accessReasons)[number];

const policy = { policyId: PolicyId, name: z.string(), priority: z.number().int(), effect: z.enum(policyEffects) };

const Decider = z.object({
  ...policy,
  /** The narrowest of its destinations that holds the address, or `internet`. */
  destination: z.string(),
  /** As what the policy names the device. */
  via: z.object({ type: z.enum(policyTargetTypes), id: z.uuid().nullable(), name: z.string().nullable() }),
});
export type Decider = z.infer<typeof Decider>;

/** Some of the traffic, all of which goes the same way. `other` is every protocol that is not named elsewhere. */
const AccessPart = z.object({
  protocol: z.enum([...networkProtocols, "other"]),
  ports: z.object({ from: z.number().int(), to: z.number().int() }).nullable(),
  verdict: z.enum(policyEffects),
  /** Null when no policy matches. */
  decidedBy: Decider.nullable(),
});
export type AccessPart = z.infer<typeof AccessPart>;

const ConsideredPolicy = z.object({ ...policy, isMatch: z.boolean(), whyNot: z.enum(whyNots).nullable() });
export type ConsideredPolicy = z.infer<typeof ConsideredPolicy>;

const Routes = z.object({
  /** Whether the device is told to send this into the tunnel. */
  inTunnel: z.boolean(),
  gatewayId: GatewayId,
  gatewayName: z.string(),
  /** The gateway's network that holds the address; null when it says of none that it does. */
  network: z.string().nullable(),
  /** Whether the profile that was handed out last says so too; null when none was. */
  inIssuedProfile: z.boolean().nullable(),
});

const Enforcement = z.object({
  gatewayId: GatewayId,
  desiredRevision: z.number().int(),
  appliedRevision: z.number().int().nullable(),
  appliedAt: z.date().nullable(),
  error: z.string().nullable(),
  inSync: z.boolean(),
});

const named = {
  id: DeviceId,
  name: z.string(),
  status: z.enum(deviceStatuses),
  ownerId: UserId.nullable(),
  ownerName: z.string().nullable(),
};

export const DeviceAccess = z.object({
  device: z.object(named),
  verdict: z.enum(reaches),
  reason: z.enum(accessReasons),
  /** The policy that decides, when one decides about all of the traffic. */
  decidedBy: Decider.nullable(),
  /** What policies say of the traffic, none when they are not asked. */
  parts: z.array(AccessPart),
  /** Every policy in the order they are asked. */
  considered: z.array(ConsideredPolicy),
  /** Null without a tunnel. */
  routes: Routes.nullable(),
  enforcement: Enforcement.nullable(),
});
export type DeviceAccess = z.infer<typeof DeviceAccess>;

/** How many devices of a user are explained at once. */
export const MAX_EXPLAINED = 20;

const answered = { dst: z.string(), protocol: z.enum(networkProtocols), port: z.number().int().nullable() };

export const Explanation = z.object({
  ...answered,
  /** The user who was asked about. */
  user: z.object({ id: UserId, name: z.string() }).nullable(),
  /** Of a user the first, by name. */
  devices: z.array(DeviceAccess),
  /** How many there are. */
  total: z.number().int(),
});
export type Explanation = z.infer<typeof Explanation>;

export const ListReach = PageFilter.extend({
  ...traffic,
  sort: z.enum(["name"]).default("name"),
  verdict: z.enum(reaches).optional(),
}).refine(hasProtocolForPort, ONLY_TCP_AND_UDP);
export type ListReach = z.infer<typeof ListReach>;

export const ReachRow = z.object({
  ...named,
  verdict: z.enum(reaches),
  reason: z.enum(accessReasons),
  /** The policies that decide about any of the traffic. */
  decidedBy: z.array(z.object(policy)),
});
export type ReachRow = z.infer<typeof ReachRow>;

/** `counts` are of all that the search matches, whatever verdict was asked for. */
export const ReachPage = pageOf(ReachRow).extend({
  counts: z.object({ allow: z.number().int(), deny: z.number().int(), partly: z.number().int() }),
});
export type ReachPage = z.infer<typeof ReachPage>;
