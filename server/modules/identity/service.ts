import { z } from "zod";
import { personOf } from "@/server/core/actor";
import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { answer, command, query } from "@/server/core/operation";
import type { StepUp } from "@/server/core/step-up";
import { requirePowerOver, requirePowerToGive } from "@/server/modules/power/service";
import * as sessions from "@/server/modules/sessions/service";
import * as repo from "./repo";
import { ChangeRoles, ListUsers, Me, Role, User, UserById, UserPage } from "./schema";

const noUser = (id: string) => new AppError("not-found", `There is no user ${id}.`);

export const list = query({
  permission: "user.read",
  input: ListUsers,
  output: UserPage,
  run: ({ reader }, filter) => repo.list(reader, filter),
});

export const get = query({
  permission: "user.read",
  input: UserById,
  output: User,
  async run({ reader }, { id }) {
    const user = await repo.get(reader, id);
    if (!user) throw noUser(id);
    return user;
  },
});

/** The signed-in user. Costs nothing beyond the session check that every request makes. */
export const me = answer({
  permission: "signed-in",
  input: z.void(),
  output: Me,
  run({ actor }) {
    if (actor.kind !== "user") throw new AppError("unauthenticated");
    return { ...actor, roles: [...actor.roles] };
  },
});

type Change = Parameters<typeof repo.update>[2];

interface StatusChange {
  from: readonly string[];
  event: "user.suspended" | "user.reactivated" | "user.deactivated";
  values: Change & { status: "active" | "suspended" | "deactivated" };
  stepUp?: StepUp;
}

/** Every move between a user's states; the database ends what must end with it, in the same transaction. */
function statusCommand(permission: "user.suspend" | "user.deactivate", { from, event, values, stepUp }: StatusChange) {
  return command({
    permission,
    stepUp,
    input: UserById,
    output: User,
    async run({ tx, actor, audit }, { id }) {
      await repo.lockAdmins(tx);
      const user = await repo.lock(tx, id);
      if (!user) throw noUser(id);
      await requirePowerOver(tx, actor, user);
      if (!from.includes(user.status)) throw new AppError("conflict", `${user.username} is ${user.status}.`);
      if (values.status !== "active") await requireOtherAdmin(tx, id);
      // Who never chose a password is not active, and must not pass for an administrator who could sign in.
      const isInvited = values.status === "active" && !(await repo.hasPassword(tx, id));
      const status = isInvited ? "invited" : values.status;
      await repo.update(tx, id, { ...values, status });
      audit({ event, subject: id, userId: id, changes: { status: [user.status, status] } });
      return (await repo.get(tx, id)) ?? Promise.reject(noUser(id));
    },
  });
}

/** @throws {AppError} last-admin, unless another active administrator remains. Call under `repo.lockAdmins`. */
export async function requireOtherAdmin(tx: Tx, id: string): Promise<void> {
  const roles = await repo.rolesOf(tx, id);
  if (!roles.includes("admin") || (await repo.hasOtherAdmin(tx, id))) return;
  throw new AppError("last-admin", "This is the last active administrator. Make someone else an administrator first.");
}

/** Takes effect at the user's next request: the session check reads the status. */
export const suspend = statusCommand("user.suspend", {
  from: ["active", "invited"],
  event: "user.suspended",
  values: { status: "suspended" },
});

/** Back to what the user was: active, or invited still. */
export const reactivate = statusCommand("user.suspend", {
  from: ["suspended"],
  event: "user.reactivated",
  values: { status: "active" },
});

/** For good, but never a deletion: the row and its history stay. */
export const deactivate = statusCommand("user.deactivate", {
  from: ["active", "invited", "suspended"],
  event: "user.deactivated",
  values: { status: "deactivated", deletedAt: repo.NOW },
  stepUp: "fresh",
});

/** Renews the security stamp: every session of the user is over at its next request. */
export const rotateStamp = command({
  permission: "user.sign-out",
  stepUp: "fresh",
  input: UserById,
  output: User,
  async run({ tx, actor, audit }, { id }) {
    const user = await repo.lock(tx, id);
    if (!user) throw noUser(id);
    await requirePowerOver(tx, actor, user);
    await repo.renewStamp(tx, id);
    const revoked = await sessions.revokeAll(tx, id, { reason: "admin" });
    audit({ event: "user.stamp-rotated", subject: id, userId: id, metadata: { sessionsEnded: revoked } });
    return (await repo.get(tx, id)) ?? Promise.reject(noUser(id));
  },
});

export const listRoles = query({
  permission: "role.read",
  input: z.void(),
  output: z.array(Role),
  run: ({ reader }) => repo.listRoles(reader),
});

/** The ids of roles that exist. @throws {AppError} invalid, naming the one that does not */
export async function requireRoles(tx: Tx, names: readonly string[]): Promise<string[]> {
  const known = await repo.roleIds(tx, names);
  const unknown = names.find((name) => !known.has(name));
  if (unknown) throw new AppError("invalid", undefined, { fields: { roles: `There is no role “${unknown}”.` } });
  return [...known.values()];
}

/** Replaces a user's roles; what they allow changes at the user's next request. */
export const changeRoles = command({
  permission: "role.assign",
  stepUp: "fresh",
  input: ChangeRoles,
  output: User,
  async run({ tx, actor, audit }, { id, roles }) {
    await repo.lockAdmins(tx);
    const user = await repo.lock(tx, id);
    if (!user) throw noUser(id);
    await requirePowerOver(tx, actor, user);
    const before = await repo.rolesOf(tx, id);
    const added = roles.filter((role) => !before.includes(role));
    await requirePowerToGive(tx, actor, added);
    const removed = before.filter((role) => !roles.includes(role));
    if (removed.includes("admin")) await requireOtherAdmin(tx, id);
    await repo.addRoles(tx, id, {
      ids: await requireRoles(tx, added),
      by: personOf(actor),
    });
    await repo.removeRoles(tx, id, await requireRoles(tx, removed));
    const event = removed.length > 0 && added.length === 0 ? "role.unassigned" : "role.assigned";
    audit({ event, subject: id, userId: id, changes: { roles: [before, [...roles].sort()] } });
    return (await repo.get(tx, id)) ?? Promise.reject(noUser(id));
  },
});
