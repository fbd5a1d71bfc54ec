import type { AuditEntry } from "@/server/core/audit-trail";
import { AppError } from "@/server/core/errors";
import { command } from "@/server/core/operation";
import * as repo from "./repo";
import { CreatedApiKey, RotateApiKey } from "./schema";
import { DAY_MS, issue, requireOwn, requireUser } from "./service";

/**
 * Makes a key that takes the place of one of the caller's own, with its name and scopes; it is in this answer and
 * nowhere else. The old one works on for the overlap, though never beyond its own end, so that programs can change over.
 * @throws {AppError} not-found; conflict, for a key that does not work or was replaced before
 */
export const rotateOwn = command({
  permission: "signed-in",
  stepUp: "recent",
  input: RotateApiKey,
  output: CreatedApiKey,
  async run(context, { id, lifetimeDays, overlapDays }) {
    const { tx, audit, now } = context;
    const user = requireUser(context.actor);
    await repo.lock(tx, id);
    const { userId, name, scopes, state, isRotated, expiresAt } = await requireOwn(tx, user, id);
    if (state !== "active") throw new AppError("conflict", `“${name}” is ${state}. Create another key instead.`);
    if (isRotated)
      throw new AppError("conflict", `“${name}” was replaced already. Rotate the key that took its place.`);
    const overlapEnd = new Date(now().getTime() + overlapDays * DAY_MS);
    const endsAt = expiresAt && expiresAt < overlapEnd ? expiresAt : overlapEnd;
    const isOver = overlapDays === 0;
    if (isOver) await repo.revoke(tx, id);
    else await repo.endAt(tx, id, endsAt);
    const changes: AuditEntry["changes"] = isOver ? { state: [state, "revoked"] } : { expiresAt: [expiresAt, endsAt] };
    audit({ event: "api-key.rotated", subject: id, userId, changes, metadata: { overlapDays } });
    return issue(context, { userId, name, scopes, lifetimeDays, rotatedFrom: id });
  },
});
