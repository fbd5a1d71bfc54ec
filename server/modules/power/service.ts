import type { Actor } from "@/server/core/actor";
import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import * as repo from "./repo";

/** What is among these permissions and not the actor's. Keyward itself lacks nothing. */
function lacking(actor: Actor, permissions: readonly string[]): string | undefined {
  if (actor.kind === "system") return undefined;
  const held: ReadonlySet<string> = "permissions" in actor ? actor.permissions : new Set();
  return permissions.find((permission) => !held.has(permission));
}

/**
 * Refuses to act on the account of somebody who may do what the actor may not: with their password, or in their
 * absence, the actor could do it too. People may always act on themselves, their programs only like anybody. Call with
 * the user's row locked, which holds role changes up.
 * @throws {AppError} forbidden
 */
export async function requirePowerOver(
  tx: Tx,
  actor: Actor,
  user: Readonly<{ id: string; username: string }>,
): Promise<void> {
  if (actor.kind === "user" && actor.userId === user.id) return;
  const missing = lacking(actor, await repo.permissionsOf(tx, user.id));
  if (!missing) return;
  throw new AppError(
    "forbidden",
    `${user.username} holds the permission “${missing}”, which you do not. Ask somebody who does.`,
  );
}

/** The same for a user known by id only, whose row it locks. @throws {AppError} not-found, forbidden */
export async function requirePowerOverId(tx: Tx, actor: Actor, userId: string): Promise<void> {
  const user = await repo.lockUser(tx, userId);
  if (!user) throw new AppError("not-found", `There is no user ${userId}.`);
  await requirePowerOver(tx, actor, user);
}

/** Nobody hands out what they do not hold, to themselves neither. @throws {AppError} forbidden */
export async function requirePowerToGive(tx: Tx, actor: Actor, roles: readonly string[]): Promise<void> {
  const missing = lacking(actor, await repo.permissionsOfRoles(tx, roles));
  if (!missing) return;
  throw new AppError("forbidden", `These roles allow “${missing}”, which you may not do. Ask somebody who may.`);
}

/** Whether the issuer of a link may, by now, still do all that its user may: the link was in their hands. */
export async function isStillTheirsToGive(
  tx: Tx,
  { userId, issuedBy }: Readonly<{ userId: string; issuedBy: string | null }>,
): Promise<boolean> {
  if (issuedBy === null || issuedBy === userId) return true;
  const held = new Set(await repo.permissionsOf(tx, issuedBy));
  return (await repo.permissionsOf(tx, userId)).every((permission) => held.has(permission));
}
