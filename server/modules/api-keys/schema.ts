import { z } from "zod";
import { ApiKeyId, UserId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";
import { allPermissions, type Permission } from "@/server/core/permissions";

export const apiKeyStates = ["active", "expired", "revoked"] as const;

/** A key as its owner or an administrator sees it; what it says in full was shown once. */
export const ApiKey = z.object({
  id: ApiKeyId,
  name: z.string(),
  /** The public part, to tell keys apart. */
  keyPrefix: z.string(),
  userId: UserId,
  username: z.string(),
  /** What it may do, as far as its owner may. */
  scopes: z.array(z.string()),
  state: z.enum(apiKeyStates),
  /** Another key has taken its place; until its end both work. */
  isRotated: z.boolean(),
  createdAt: z.date(),
  lastUsedAt: z.date().nullable(),
  lastUsedIp: z.string().nullable(),
  expiresAt: z.date().nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;

export const ApiKeyPage = pageOf(ApiKey);
export type ApiKeyPage = z.infer<typeof ApiKeyPage>;

export const ListOwnApiKeys = PageFilter.extend({
  sort: z.enum(["createdAt"]).default("createdAt"),
  direction: z.enum(["asc", "desc"]).default("desc"),
  state: z.enum(apiKeyStates).optional(),
});
export const ListApiKeys = ListOwnApiKeys.extend({ userId: UserId.optional() });
export type ListApiKeys = z.infer<typeof ListApiKeys>;

/** Days a key may live; none lives for ever. */
export const keyLifetimes = [7, 30, 90, 365] as const;

const LifetimeDays = z.coerce.number().pipe(z.literal(keyLifetimes, "Choose how long the key lives."));

/** Longest that a key works on beside the one that takes its place. */
export const MAX_OVERLAP_DAYS = 7;

const Scope = z.enum(allPermissions as [Permission, ...Permission[]]);

export const CreateApiKey = z.object({
  name: z
    .string()
    .trim()
    .min(1, "Give the key a name, such as the program that uses it.")
    .max(100, "At most 100 characters."),
  lifetimeDays: LifetimeDays,
  scopes: z.array(Scope).min(1, "Choose at least one scope.").max(allPermissions.length),
});
export type CreateApiKey = z.infer<typeof CreateApiKey>;

/** The one time the key is seen. */
export const CreatedApiKey = z.object({ apiKey: ApiKey, secret: z.string() });

/** Of the key to be replaced; with no days of overlap it ends at once. */
export const RotateApiKey = z.object({
  id: ApiKeyId,
  lifetimeDays: LifetimeDays,
  overlapDays: z.coerce.number().int().min(0).max(MAX_OVERLAP_DAYS, `At most ${MAX_OVERLAP_DAYS} days.`),
});

export const ApiKeyById = z.object({ id: ApiKeyId });
