import { z } from "zod";
import { hashPassword } from "@/server/auth/password";
import { type Actor, personOf, type RequestMeta } from "@/server/core/actor";
import { randomToken, sha256Hex } from "@/server/core/crypto";
import type { Tx } from "@/server/core/database";
import { env } from "@/server/core/env";
import { AppError, violatedConstraint } from "@/server/core/errors";
import { UserId } from "@/server/core/ids";
import { command } from "@/server/core/operation";
import { isStillTheirsToGive, requirePowerOver, requirePowerToGive } from "@/server/modules/power/service";
import * as sessions from "@/server/modules/sessions/service";
import { requireGoodPassword } from "./password-policy";
import * as repo from "./repo";
import {
  ChangePassword,
  ChoosePassword,
  CreateUser,
  PasswordLink,
  SignInName,
  StartedSession,
  UserById,
} from "./schema";
import { requireRoles } from "./service";
import { takePasswordTry, wrongPassword } from "./step-up.service";

const INVITATION_H = 72;
const RESET_MIN = 15;

const TAKEN: Record<string, { field: string; message: string }> = {
  users_username_unique: { field: "username", message: "This user name is taken." },
  users_email_unique: { field: "email", message: "Another user has this e-mail address." },
};

/** Explains a unique violation on its field. */
export function explainTaken(error: unknown): unknown {
  const taken = TAKEN[violatedConstraint(error) ?? ""];
  return taken ? new AppError("name-taken", taken.message, { fields: { [taken.field]: taken.message } }) : error;
}

interface LinkFor {
  user: { id: string; username: string };
  page: "accept-invite" | "reset-password";
  lifetimeMs: number;
  actor: Actor;
  request: RequestMeta;
  now: Date;
}

/** Stores the hash of a fresh secret and returns the link with it; earlier links stop working. */
async function issueLink(tx: Tx, { user, page, lifetimeMs, actor, request, now }: LinkFor): Promise<PasswordLink> {
  const secret = randomToken();
  const expiresAt = new Date(now.getTime() + lifetimeMs);
  await repo.insertPasswordToken(tx, {
    userId: user.id,
    tokenHash: sha256Hex(secret),
    expiresAt,
    issuedBy: actor.kind === "user" ? actor.userId : null,
    requestedIp: request.ip,
    requestedUserAgent: request.userAgent,
  });
  // In the fragment, which browsers send to no server and no referrer.
  const url = new URL(`/${page}#${secret}`, env().KEYWARD_URL).href;
  return { userId: UserId.parse(user.id), username: user.username, url, expiresAt };
}

/** Whoever may invite people does not thereby hand out power. @throws {AppError} forbidden */
function requireRoleAssign(actor: Actor, roles: readonly string[]): void {
  if (actor.kind === "system") return;
  if ((actor.kind === "user" || actor.kind === "api_key") && actor.permissions.has("role.assign")) return;
  if (roles.every((role) => role === "user")) return;
  throw new AppError("forbidden", "You need the permission “role.assign” to give roles. Invite without them.");
}

/** Creates an invited user, who chooses the password through the link this returns once. */
export const create = command({
  permission: "user.create",
  stepUp: "recent",
  input: CreateUser,
  output: PasswordLink,
  async run({ tx, actor, request, audit, now }, { roles, ...input }) {
    requireRoleAssign(actor, roles);
    await requirePowerToGive(tx, actor, roles);
    const by = personOf(actor);
    const values = { ...input, status: "invited" as const, updatedBy: by };
    const id = await repo.insert(tx, values).catch((error: unknown) => Promise.reject(explainTaken(error)));
    await repo.addRoles(tx, id, { ids: await requireRoles(tx, roles), by });
    audit({
      event: "user.created",
      subject: id,
      userId: id,
      changes: { username: [null, input.username], email: [null, input.email], roles: [null, roles] },
    });
    const user = { id, username: input.username };
    const lifetimeMs = INVITATION_H * 3_600_000;
    return issueLink(tx, { user, page: "accept-invite", lifetimeMs, actor, request, now: now() });
  },
});

/** A fresh link to choose a password; an administrator never chooses one for somebody else. */
export const issuePasswordLink = command({
  permission: "user.reset-password",
  stepUp: "fresh",
  input: UserById,
  output: PasswordLink,
  async run({ tx, actor, request, audit, now }, { id }) {
    const user = await repo.lock(tx, id);
    if (!user) throw new AppError("not-found", `There is no user ${id}.`);
    // The link goes to whoever asks.
    await requirePowerOver(tx, actor, user);
    if (user.status !== "active" && user.status !== "invited") {
      throw new AppError("conflict", `${user.username} is ${user.status}. Reactivate the user first.`);
    }
    audit({ event: "user.password-link-issued", subject: id, userId: id });
    const isInvited = user.status === "invited";
    const lifetimeMs = isInvited ? INVITATION_H * 3_600_000 : RESET_MIN * 60_000;
    return issueLink(tx, {
      user,
      page: isInvited ? "accept-invite" : "reset-password",
      lifetimeMs,
      actor,
      request,
      now: now(),
    });
  },
});

/** Uses a link up and sets the password; every session of the user ends, and signing in is a step of its own. */
export const choose = command({
  permission: "anyone",
  input: ChoosePassword,
  output: SignInName,
  async run({ tx, audit }, { token, password }) {
    const link = await repo.consumePasswordToken(tx, sha256Hex(token));
    const user = link ? await repo.lock(tx, link.userId) : undefined;
    const isOpen = user?.status === "invited" || user?.status === "active";
    if (!link || !user || !isOpen || !(await isStillTheirsToGive(tx, link))) {
      throw new AppError("token-invalid", "This link was used, has expired or is not complete. Ask for a new one.");
    }
    requireGoodPassword(password, user);
    await repo.update(tx, user.id, { passwordHash: await hashPassword(password), status: "active" });
    await sessions.revokeAll(tx, user.id, { reason: "password" });
    const event = user.status === "invited" ? "user.invitation-accepted" : "user.password-changed";
    audit({ event, subject: user.id, userId: user.id });
    return { username: user.username };
  },
});

/** Ends every session of the user, this one too, and starts a new one. The password in its input is its step-up. */
export const changePassword = command({
  permission: "signed-in",
  input: ChangePassword,
  output: StartedSession,
  scope: "system",
  before: takePasswordTry,
  async run(context, { currentPassword, newPassword }) {
    const { tx, actor, request, audit } = context;
    if (actor.kind !== "user") throw new AppError("unauthenticated");
    const refused = await wrongPassword(context, actor, { field: "currentPassword", password: currentPassword });
    if (refused) return refused;
    requireGoodPassword(newPassword, actor, "newPassword");
    await repo.update(tx, actor.userId, { passwordHash: await hashPassword(newPassword) });
    const sessionId = await sessions.replace(tx, { actor, request, reason: "password" });
    audit({ event: "user.password-changed", subject: actor.userId, userId: actor.userId });
    return { sessionId, userId: actor.userId };
  },
});

/** Brings an old hash up to date at a sign-in, ending no session. */
export const rehashPassword = command({
  permission: "system",
  unaudited: "The password stays the same; only how it is stored changes",
  input: z.object({ userId: UserId, was: z.string(), passwordHash: z.string() }),
  output: z.object({ isReplaced: z.boolean() }),
  run: async ({ tx }, { userId, ...hashes }) => ({ isReplaced: await repo.rehash(tx, userId, hashes) }),
});
