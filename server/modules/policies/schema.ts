import { z } from "zod";
import { networkProtocols, policyEffects, policyTargetTypes } from "@/db/enums";
import { DeviceId, PolicyId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";
import { CanonicalNetwork } from "./network.schema";

export const MAX_DESTINATIONS = 1000;
export const MAX_TARGETS = 500;

export const lintKinds = [
  "inert-targets",
  "inert-destinations",
  "shadowed",
  "full-tunnel-denied",
  "unreachable",
  "pool-overlap",
] as const;
export type LintKind = (typeof lintKinds)[number];

/** What is odd about a policy, which destination it is about, and which policies are to blame. */
export const Finding = z.object({
  kind: z.enum(lintKinds),
  destination: z.string().nullable(),
  by: z.array(z.object({ id: PolicyId, name: z.string() })),
});
export type Finding = z.infer<typeof Finding>;

export const TargetLabel = z.object({
  type: z.enum(policyTargetTypes),
  id: z.uuid().nullable(),
  isExcluded: z.boolean(),
  /** Null when it is not there any more. */
  name: z.string().nullable(),
});
export type TargetLabel = z.infer<typeof TargetLabel>;

export const Ports = z
  .object({ from: z.number().int().min(1).max(65_535), to: z.number().int().min(1).max(65_535) })
  .refine(({ from, to }) => from <= to, "The first port comes before the last.");

export const Destination = z
  .object({
    network: CanonicalNetwork,
    protocol: z.enum(networkProtocols).default("any"),
    ports: Ports.nullable().default(null),
    description: z.string().trim().max(200, "At most 200 characters.").default(""),
  })
  .refine(({ protocol, ports }) => !ports || protocol === "tcp" || protocol === "udp", {
    path: ["ports"],
    message: "Only TCP and UDP have ports.",
  });
export type Destination = z.infer<typeof Destination>;

const Target = z
  .object({ type: z.enum(policyTargetTypes), id: z.uuid().nullable().default(null), isExcluded: z.boolean() })
  .refine(({ type, id }) => (type === "all") === (id === null), { path: ["id"], message: "Choose whom this is for." });

const Moment = z.iso.datetime({ offset: true }).nullable().default(null);

/** A policy as a form sends it. */
export const PolicyFields = z.object({
  name: z.string().trim().min(1, "Give the policy a name.").max(100, "At most 100 characters."),
  description: z.string().trim().max(500, "At most 500 characters.").default(""),
  priority: z.number({ error: "Enter a whole number." }).int().min(0, "0 comes first.").max(100_000).default(100),
  effect: z.enum(policyEffects).default("allow"),
  isActive: z.boolean().default(true),
  fullTunnel: z.boolean().default(false),
  startsAt: Moment,
  endsAt: Moment,
  targets: z.array(Target).max(MAX_TARGETS, `At most ${MAX_TARGETS} targets.`).default([]),
  destinations: z.array(Destination).max(MAX_DESTINATIONS, "At most 1,000 destinations.").default([]),
});
export type PolicyFields = z.infer<typeof PolicyFields>;

type Checked = Pick<PolicyFields, "effect" | "fullTunnel" | "startsAt" | "endsAt" | "targets">;

/** What no single field can say. */
export function checkPolicy(fields: Checked, { addIssue }: z.core.$RefinementCtx): void {
  const { effect, fullTunnel, startsAt, endsAt, targets } = fields;
  const add = (path: string, message: string) => addIssue({ code: "custom", path: [path], message });
  if (fullTunnel && effect === "deny") add("fullTunnel", "Only a policy that allows can send everything through.");
  if (startsAt && endsAt && new Date(endsAt) <= new Date(startsAt)) add("endsAt", "The end comes after the start.");
  const keys = targets.map(({ type, id }) => `${type} ${id ?? ""}`);
  if (new Set(keys).size < keys.length) add("targets", "A target is there twice. Keep one of the two.");
}

/** `isOverride` saves although tests fail, for those who may. */
const Saving = z.object({ isOverride: z.boolean().default(false) });

export const CreatePolicy = PolicyFields.extend(Saving.shape).superRefine(checkPolicy);
export type CreatePolicy = z.infer<typeof CreatePolicy>;

/** `updatedAt` is what the editor saw: an older policy than there is now is refused. */
export const UpdatePolicy = PolicyFields.extend({
  ...Saving.shape,
  id: PolicyId,
  updatedAt: z.iso.datetime({ offset: true }),
}).superRefine(checkPolicy);
export type UpdatePolicy = z.infer<typeof UpdatePolicy>;

export const RemovePolicy = Saving.extend({ id: PolicyId });
export const PolicyById = z.object({ id: PolicyId });

export const Policy = z.object({
  id: PolicyId,
  name: z.string(),
  description: z.string(),
  priority: z.number().int(),
  effect: z.enum(policyEffects),
  isActive: z.boolean(),
  fullTunnel: z.boolean(),
  startsAt: z.date().nullable(),
  endsAt: z.date().nullable(),
  targets: z.array(TargetLabel),
  destinationCount: z.number().int(),
  findings: z.array(Finding),
  createdAt: z.date(),
  updatedAt: z.date(),
});
export type Policy = z.infer<typeof Policy>;

const StoredDestination = z.object({
  network: z.string(),
  protocol: z.enum(networkProtocols),
  ports: z.object({ from: z.number(), to: z.number() }).nullable(),
  description: z.string(),
});

export const PolicyDetail = Policy.extend({ destinations: z.array(StoredDestination) });
export type PolicyDetail = z.infer<typeof PolicyDetail>;

export const PolicyPage = pageOf(Policy);
export type PolicyPage = z.infer<typeof PolicyPage>;

export const ListPolicies = PageFilter.extend({
  sort: z.enum(["priority", "name", "createdAt"]).default("priority"),
  effect: z.enum(policyEffects).optional(),
});
export type ListPolicies = z.infer<typeof ListPolicies>;

/** Priorities and names from the first, moments from the latest, unless the list was asked otherwise. */
export const policyDirection = ({ sort, direction }: Pick<ListPolicies, "sort" | "direction">): "asc" | "desc" =>
  direction ?? (sort === "createdAt" ? "desc" : "asc");

export const targetKinds = policyTargetTypes.filter((type) => type !== "all");

export const FindTargets = z.object({ type: z.enum(targetKinds), q: z.string().trim().max(200).optional() });
export const FoundTarget = z.object({ id: z.uuid(), name: z.string() });
export type FoundTarget = z.infer<typeof FoundTarget>;
export const FoundTargets = z.array(FoundTarget);

/** A policy as it would be saved; without an id a new one. */
export const PreviewPolicy = PolicyFields.extend({ id: PolicyId.nullable().default(null) }).superRefine(checkPolicy);
export type PreviewPolicy = z.infer<typeof PreviewPolicy>;

export const reaches = ["allow", "deny", "partly"] as const;
export type Reach = (typeof reaches)[number];

export const Change = z.object({
  deviceId: DeviceId,
  deviceName: z.string(),
  ownerName: z.string().nullable(),
  /** A network, or `internet`. */
  destination: z.string(),
  protocol: z.enum(networkProtocols),
  ports: z.object({ from: z.number(), to: z.number() }).nullable(),
  before: z.enum(reaches),
  after: z.enum(reaches),
  gains: z.boolean(),
  loses: z.boolean(),
});
export type Change = z.infer<typeof Change>;

export const Preview = z.object({
  /** The first of them; none for those who may not see devices. */
  changes: z.array(Change),
  /** Pairs of device and destination. */
  gains: z.number().int(),
  losses: z.number().int(),
  /** Devices that gain or lose anything. */
  devices: z.number().int(),
  findings: z.array(Finding),
  failedTests: z.array(z.object({ id: z.uuid(), name: z.string() })),
});
export type Preview = z.infer<typeof Preview>;
