import type { Actor, UserActor } from "@/server/core/actor";
import { sha256Hex } from "@/server/core/crypto";
import { AppError } from "@/server/core/errors";
import { command, query } from "@/server/core/operation";
import { newKey } from "./key";
import * as repo from "./repo";
import { ApiKey, ApiKeyById, ApiKeyPage, CreateApiKey, CreatedApiKey, ListApiKeys, ListOwnApiKeys } from "./schema";

const DAY_MS = 86_400_000;

const noKey = (id: string) => new AppError("not-found", `You have no API key ${id}.`);

/** Keys belong to people: no program makes or ends one. @throws {AppError} unauthenticated */
function requireUser(actor: Actor): UserActor {
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

/** Creates a key of the caller's own; it is in this answer and nowhere else. */
export const create = command({
  permission: "signed-in",
  stepUp: "recent",
  input: CreateApiKey,
  output: CreatedApiKey,
  async run({ tx, actor, audit, now }, { name, scopes: chosen, lifetimeDays }) {
    const { userId, permissions } = requireUser(actor);
    const scopes = [...new Set(chosen)].sort();
    const missing = scopes.find((scope) => !permissions.has(scope));
    if (missing)
      throw new AppError("invalid", undefined, { fields: { scopes: `You do not hold “${missing}” yourself.` } });
    const { prefix, key } = newKey();
    const expiresAt = new Date(now().getTime() + lifetimeDays * DAY_MS);
    const id = await repo.insert(tx, { userId, name, scopes, expiresAt, keyPrefix: prefix, keyHash: sha256Hex(key) });
    audit({
      event: "api-key.created",
      subject: id,
      userId,
      changes: { name: [null, name], scopes: [null, scopes], expiresAt: [null, expiresAt] },
    });
    const apiKey = await repo.get(tx, id);
    if (!apiKey) throw noKey(id);
    return { apiKey, secret: key };
  },
});

/** Ends a key of the caller's own for good, from its next request on. */
export const revoke = command({
  permission: "signed-in",
  input: ApiKeyById,
  output: ApiKey,
  async run({ tx, actor, audit }, { id }) {
    const { userId } = requireUser(actor);
    const key = await repo.get(tx, id);
    if (key?.userId !== userId) throw noKey(id);
    if (!(await repo.revoke(tx, id))) throw new AppError("conflict", `“${key.name}” is already revoked.`);
    audit({ event: "api-key.revoked", subject: id, userId, changes: { state: [key.state, "revoked"] } });
    return { ...key, state: "revoked" as const };
  },
});
