import { z } from "zod";
import { hardwareMatchActions } from "@/db/enums";
import { EnrolmentTokenId, TagId, UserId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";
import { TagLabel } from "@/server/modules/tags/schema";

export const MAX_LIFETIME_H = 90 * 24;
export const MAX_USES = 1000;

export const tokenStates = ["usable", "expired", "exhausted", "revoked"] as const;

export const EnrolmentToken = z.object({
  id: EnrolmentTokenId,
  name: z.string(),
  state: z.enum(tokenStates),
  expiresAt: z.date(),
  usageLimit: z.number().int(),
  usageCurrent: z.number().int(),
  requireApproval: z.boolean(),
  ownerName: z.string().nullable(),
  createdByName: z.string().nullable(),
  allowedCidrs: z.array(z.string()),
  onHardwareMatch: z.enum(hardwareMatchActions),
  /** Its devices are retired so many seconds after they were last heard of; null is never. */
  ephemeralTtlS: z.number().int().nullable(),
  tags: z.array(TagLabel),
  revokedAt: z.date().nullable(),
  lastUsedAt: z.date().nullable(),
  createdAt: z.date(),
});
export type EnrolmentToken = z.infer<typeof EnrolmentToken>;

export const EnrolmentTokenPage = pageOf(EnrolmentToken);
export type EnrolmentTokenPage = z.infer<typeof EnrolmentTokenPage>;

export const ListEnrolmentTokens = PageFilter.extend({
  sort: z.enum(["createdAt", "expiresAt", "name"]).default("createdAt"),
  state: z.enum(tokenStates).optional(),
});
export type ListEnrolmentTokens = z.infer<typeof ListEnrolmentTokens>;

/** Names read from A, moments from the latest, unless the list was asked otherwise. */
export const tokenDirection = ({ sort, direction }: Pick<ListEnrolmentTokens, "sort" | "direction">): "asc" | "desc" =>
  direction ?? (sort === "name" ? "asc" : "desc");

const Network = z.union([z.cidrv4(), z.cidrv6()], "Enter networks like 10.0.0.0/8, separated by commas.");

export const CreateEnrolmentToken = z.object({
  name: z.string().trim().min(1, "Give the token a name, such as what the machines are for.").max(100),
  lifetimeH: z.coerce.number().int().min(1).max(MAX_LIFETIME_H, "At most 90 days.").default(24),
  usageLimit: z.coerce.number().int().min(1).max(MAX_USES, "At most 1,000 uses.").default(1),
  requireApproval: z.boolean().default(true),
  tagIds: z.array(TagId).max(50).default([]),
  ownerUserId: UserId.nullable().default(null),
  allowedCidrs: z.array(Network).max(50).default([]),
  onHardwareMatch: z.enum(hardwareMatchActions).default("create"),
  ephemeralTtlS: z
    .number()
    .int()
    .min(3600, "At least an hour.")
    .max(90 * 86_400, "At most 90 days.")
    .nullable()
    .default(null),
});
export type CreateEnrolmentToken = z.infer<typeof CreateEnrolmentToken>;

/** The one time the token is seen, with what to run on the machine. */
export const CreatedEnrolmentToken = z.object({
  token: EnrolmentToken,
  secret: z.string(),
  /** The server key's thumbprint, which the join command pins. */
  serverKeyId: z.string(),
  joinCommand: z.string(),
});
export type CreatedEnrolmentToken = z.infer<typeof CreatedEnrolmentToken>;

/** What an agent shows when it joins, to be compared by whoever set it up. */
export const JoinInfo = z.object({ url: z.string(), serverKeyIds: z.array(z.string()) });
export type JoinInfo = z.infer<typeof JoinInfo>;

export const EnrolmentTokenById = z.object({ id: EnrolmentTokenId });

export const EnrolmentTokenUse = z.object({
  id: z.uuid(),
  deviceId: z.uuid().nullable(),
  deviceName: z.string().nullable(),
  ipAddress: z.string().nullable(),
  outcome: z.string(),
  createdAt: z.date(),
});
export type EnrolmentTokenUse = z.infer<typeof EnrolmentTokenUse>;
export const EnrolmentTokenUses = z.array(EnrolmentTokenUse);
