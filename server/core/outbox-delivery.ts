import { randomInt } from "node:crypto";
import { and, eq, gte, isNotNull, isNull, lt, lte, sql } from "drizzle-orm";
import { z } from "zod";
import { outbox } from "@/db/schema";
import { command } from "./operation";

/** Most effects one process takes on at a time. */
const BATCH = 5;
/** For so long nobody else delivers what one process took on: longer than a delivery may take, by far. */
const LEASE_S = 300;
export const MAX_ATTEMPTS = 12;
const FIRST_DELAY_S = 5;
const LONGEST_DELAY_S = 3600;
const KEPT_DAYS = 7;

const unaudited = "What is delivered was audited by the command that asked for it";

const Effect = z.object({ id: z.uuid(), topic: z.string(), payload: z.unknown(), attempts: z.number().int() });
export type Effect = z.infer<typeof Effect>;

const isPending = and(isNull(outbox.deliveredAt), isNull(outbox.failedAt));
const isDue = and(isPending, lte(outbox.availableAt, sql`now()`));

/** The attempt still is the one that was taken on: after its lease another may be under way. */
const sameAttempt = ({ id, attempts }: Pick<Effect, "id" | "attempts">) =>
  and(eq(outbox.id, id), eq(outbox.attempts, attempts), isPending);

/** Takes on what is due and nobody else has. It comes back after its lease if nothing is heard of it. */
export const claim = command({
  permission: "system",
  unaudited,
  input: z.void(),
  output: z.array(Effect),
  async run({ tx }) {
    const due = tx
      .select({ id: outbox.id })
      .from(outbox)
      .where(and(isDue, lt(outbox.attempts, MAX_ATTEMPTS)))
      .orderBy(outbox.availableAt)
      .limit(BATCH)
      .for("update", { skipLocked: true });
    const claimed = await tx.execute<Effect & Record<string, unknown>>(sql`
      with due as materialized (${due})
      update outbox o set attempts = o.attempts + 1, available_at = now() + make_interval(secs => ${LEASE_S})
        from due where o.id = due.id returning o.id, o.topic, o.payload, o.attempts`);
    return [...claimed];
  },
});

export const markDelivered = command({
  permission: "system",
  unaudited,
  input: Effect.pick({ id: true, attempts: true }),
  output: z.void(),
  async run({ tx }, attempt) {
    await tx.update(outbox).set({ deliveredAt: sql`now()` }).where(sameAttempt(attempt));
  },
});

/** Doubles with every attempt up to an hour; half of it is `chance` (0 to 1): what failed together comes back apart. */
export function retryDelayS(attempts: number, chance = randomInt(1001) / 1000): number {
  const longest = Math.min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** (attempts - 1));
  return (longest * (1 + chance)) / 2;
}

/** Notes why it failed and tries again later, or gives up. */
export const markFailed = command({
  permission: "system",
  unaudited,
  input: Effect.pick({ id: true, attempts: true }).extend({ lastError: z.string().max(200) }),
  output: z.object({ isGivenUp: z.boolean() }),
  async run({ tx }, { lastError, ...attempt }) {
    const isGivenUp = attempt.attempts >= MAX_ATTEMPTS;
    const availableAt = sql`now() + make_interval(secs => ${retryDelayS(attempt.attempts)})`;
    const failedAt = isGivenUp ? sql`now()` : null;
    await tx.update(outbox).set({ lastError, availableAt, failedAt }).where(sameAttempt(attempt));
    return { isGivenUp };
  },
});

/** Forgets what was delivered long ago. @returns how many effects were given up; those stay until somebody looks */
export const sweep = command({
  permission: "system",
  unaudited,
  input: z.void(),
  output: z.object({ givenUp: z.number().int() }),
  async run({ tx }) {
    await tx.delete(outbox).where(lt(outbox.deliveredAt, sql`now() - make_interval(days => ${KEPT_DAYS})`));
    // Whose last attempt took the process with it.
    const lastError = sql`coalesce(${outbox.lastError}, 'no word of the last attempt')`;
    const lost = and(isDue, gte(outbox.attempts, MAX_ATTEMPTS));
    await tx.update(outbox).set({ failedAt: sql`now()`, lastError }).where(lost);
    return { givenUp: await tx.$count(outbox, isNotNull(outbox.failedAt)) };
  },
});
