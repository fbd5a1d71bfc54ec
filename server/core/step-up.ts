import { and, eq, isNull, sql } from "drizzle-orm";
import { refreshTokens, sessions } from "@/db/schema";
import type { Actor } from "./actor";
import type { Tx } from "./database";
import { AppError } from "./errors";

/** How long ago, in seconds, the caller may have given the password: for sensitive and for destructive commands. */
const MAX_AGE_S = { recent: 600, fresh: 300 } as const;

/** What a command demands beyond a permission; see docs/sessions.md. */
export type StepUp = keyof typeof MAX_AGE_S;

/** How long a session is elevated, from the moment its password was given. */
export const ELEVATION_S = MAX_AGE_S.recent;

/**
 * Reads the session's row, by the database's clock, in the transaction that is about to write. A token issued before
 * the elevation does not have it: a copy made earlier gains nothing from its owner's password.
 * @throws {AppError} step-up-required
 */
export async function requireStepUp(tx: Tx, actor: Actor, stepUp: StepUp): Promise<void> {
  if (actor.kind === "system" || actor.kind === "device") return;
  // To make a key takes the password and the choice of its scopes; what destroys needs the person.
  if (actor.kind === "api_key" && stepUp === "recent") return;
  const refused = new AppError("step-up-required", "Confirm with your password that it is you.");
  if (actor.kind !== "user") throw refused;
  const left = sql`now() + make_interval(secs => ${ELEVATION_S - MAX_AGE_S[stepUp]})`;
  const elevated = await tx
    .select({ id: sessions.id })
    .from(sessions)
    .innerJoin(refreshTokens, eq(refreshTokens.sessionId, sessions.id))
    .where(
      and(
        eq(sessions.id, actor.sessionId),
        eq(sessions.userId, actor.userId),
        isNull(sessions.revokedAt),
        eq(refreshTokens.generation, actor.generation),
        sql`${sessions.elevatedUntil} > ${left}`,
      ),
    );
  if (elevated.length === 0) throw refused;
}
