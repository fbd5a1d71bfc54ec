import { verifyPassword } from "@/server/auth/password";
import type { Actor, UserActor } from "@/server/core/actor";
import { AppError } from "@/server/core/errors";
import { type CommandContext, command } from "@/server/core/operation";
import { sharedLimiter } from "@/server/core/rate-limit";
import * as sessions from "@/server/modules/sessions/service";
import * as repo from "./repo";
import { ConfirmPassword, StartedSession } from "./schema";

/** Of an account, and so of each of its sessions: whoever holds a stolen one cannot use it to guess the password. */
const tries = sharedLimiter({ name: "own-password", points: 5, durationS: 600 });

/** @throws {AppError} too-many-requests */
export async function takePasswordTry({ actor }: { actor: Actor }): Promise<void> {
  if (actor.kind === "user") await tries.take(actor.userId);
}

/** Compares with the actor's password. @returns the refusal, on its field and recorded, for `run` to return */
export async function wrongPassword(
  { tx, audit }: CommandContext,
  { userId, sessionId }: UserActor,
  { field, password }: { field: string; password: string },
): Promise<AppError | undefined> {
  const current = await repo.credentialsOf(tx, userId);
  if (await verifyPassword(current?.passwordHash ?? null, password)) return undefined;
  audit({ event: "session.elevation-refused", subject: sessionId, userId, status: "failure" });
  return new AppError("invalid", undefined, { fields: { [field]: "This is not your current password." } });
}

/** Confirms that whoever holds this session knows the password; the session is elevated, no other one is. */
export const stepUp = command({
  permission: "signed-in",
  input: ConfirmPassword,
  output: StartedSession,
  before: takePasswordTry,
  async run(context, { password }) {
    const { tx, actor, audit } = context;
    if (actor.kind !== "user") throw new AppError("unauthenticated");
    const refused = await wrongPassword(context, actor, { field: "password", password });
    if (refused) return refused;
    await sessions.elevate(tx, actor);
    audit({ event: "session.elevated", subject: actor.sessionId, userId: actor.userId });
    return { sessionId: actor.sessionId, userId: actor.userId };
  },
});
