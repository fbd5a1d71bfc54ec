import type { Actor, UserActor } from "@/server/core/actor";
import { sha256Hex } from "@/server/core/crypto";
import { AppError } from "@/server/core/errors";
import { type CommandContext, command, query } from "@/server/core/operation";
import { requirePowerOverId } from "@/server/modules/power/service";
import { newKey } from "./key";
import * as repo from "./repo";
import { ApiKey, ApiKeyById, ApiKeyPage, CreateApiKey, CreatedApiKey, ListApiKeys, ListOwnApiKeys } from "./schema";

export const DAY_MS = 86_400_000;

type FoundKey = NonNullable<Awaited<ReturnType<typeof repo.get>>>;

const noKey = (id: string) => new AppError("not-found", `There is no API key ${id}.`);

/** The key, if it is this user's own: those of others are none of theirs. @throws {AppError} not-found */
export async function requireOwn(tx: CommandContext["tx"], { userId }: UserActor, id: string): Promise<FoundKey> {
  const key = await repo.get(tx, id);
  if (key?.userId !== userId) throw new AppError("not-found", `You have no API key ${id}.`);
  return key;
}

/** Keys belong to people: no program makes or ends one. @throws {AppError} unauthenticated */
export function requireUser(actor: Actor): UserActor {
  if (actor.kind !== "user") throw new AppError("unauthenticated");
  return actor;
}

/** Everybody's keys. */
export const list = query({
  permission: "api-key.read",
  input: ListApiKeys,
  output: ApiKeyPage,
  run: ({ reader }, filter) => repo.list(reader, filter),
});

export const listOwn = query({
  permission: "signed-in",
  input: ListOwnApiKeys,
  output: ApiKeyPage,
  run: ({ reader, actor }, filter) => repo.list(reader, { ...filter, userId: requireUser(actor).userId }),
});

interface Wanted {
  userId: string;
  name: string;
  scopes: string[];
  lifetimeDays: number;
  /** The key whose place it takes. */
  rotatedFrom?: string;
}

type Issuing = Pick<CommandContext, "tx" | "audit" | "now">;

/**
 * Makes a key and puts that on record; the key itself is in what this returns and nowhere else.
 * @throws {AppError} session-ended, when its owner is no longer active
 */
export async function issue({ tx, audit, now }: Issuing, { lifetimeDays, ...wanted }: Wanted) {
  const { userId, name, scopes, rotatedFrom } = wanted;
  if (!(await repo.isActiveUser(tx, userId))) throw new AppError("session-ended");
  const { prefix, key } = newKey();
  const expiresAt = new Date(now().getTime() + lifetimeDays * DAY_MS);
  const id = await repo.insert(tx, { ...wanted, expiresAt, keyPrefix: prefix, keyHash: sha256Hex(key) });
  audit({
    event: "api-key.created",
    subject: id,
    userId,
    changes: { name: [null, name], scopes: [null, scopes], expiresAt: [null, expiresAt] },
    ...(rotatedFrom ? { metadata: { rotatedFrom } } : {}),
  });
  const apiKey = await repo.get(tx, id);
  if (!apiKey) throw noKey(id);
  return { apiKey, secret: key };
}

/** Creates a key of the caller's own; it is in this answer and nowhere else. */
export const create = command({
  permission: "signed-in",
  stepUp: "recent",
  input: CreateApiKey,
  output: CreatedApiKey,
  async run(context, { name, scopes: chosen, lifetimeDays }) {
    const { userId, permissions } = requireUser(context.actor);
    const scopes = [...new Set(chosen)].sort();
    const missing = scopes.find((scope) => !permissions.has(scope));
    if (missing)
      throw new AppError("invalid", undefined, { fields: { scopes: `You do not hold “${missing}” yourself.` } });
    return issue(context, { userId, name, scopes, lifetimeDays });
  },
});

/** Ends a key within the caller's transaction. @throws {AppError} conflict, when it is revoked already */
async function end({ tx, audit }: Pick<CommandContext, "tx" | "audit">, key: FoundKey) {
  if (!(await repo.revoke(tx, key.id))) throw new AppError("conflict", `“${key.name}” is already revoked.`);
  const { id: subject, userId, state } = key;
  audit({ event: "api-key.revoked", subject, userId, changes: { state: [state, "revoked"] } });
  return { ...key, state: "revoked" as const };
}

/** Ends anybody's key for good, from its next request on. */
export const revoke = command({
  permission: "api-key.revoke",
  input: ApiKeyById,
  output: ApiKey,
  async run(context, { id }) {
    const key = await repo.get(context.tx, id);
    if (!key) throw noKey(id);
    await requirePowerOverId(context.tx, context.actor, key.userId);
    return end(context, key);
  },
});

/** Ends a key of the caller's own for good, from its next request on. */
export const revokeOwn = command({
  permission: "signed-in",
  input: ApiKeyById,
  output: ApiKey,
  async run(context, { id }) {
    return end(context, await requireOwn(context.tx, requireUser(context.actor), id));
  },
});
