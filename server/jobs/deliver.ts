import { AppError, databaseCode } from "@/server/core/errors";
import { log } from "@/server/core/log";
import type { Caller } from "@/server/core/operation";
import { type Payload, type Topic, topics } from "@/server/core/outbox";
import { claim, type Effect, markDelivered, markFailed } from "@/server/core/outbox-delivery";
import { systemCaller } from "@/server/core/system-caller";

interface Delivery<T extends Topic> {
  caller: Caller;
  payload: Payload<T>;
  /** Aborted when nobody waits for it any more. */
  signal: AbortSignal;
}

/** How each topic is delivered. A crash may repeat any delivery, so each must stand being repeated. */
export type Consumers = { readonly [T in Topic]: (delivery: Delivery<T>) => Promise<unknown> };

/** Longest a delivery may take; much less than its lease. */
const PATIENCE_MS = 30_000;

const outboxCaller = (): Caller => systemCaller("outbox");

const isTopic = (text: string): text is Topic => Object.hasOwn(topics, text);

/** An error's kind, which is kept. Its words are not: they may quote what was to be sent. */
function kindOf(error: unknown): string {
  if (error instanceof AppError) return error.code;
  const name = error instanceof Error ? error.name : typeof error;
  return [name, databaseCode(error)].filter(Boolean).join(" ").slice(0, 200);
}

function until<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const tooLate = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, tooLate]);
}

function consume<T extends Topic>(consumers: Consumers, topic: T, effect: Effect): Promise<unknown> {
  const payload = topics[topic].parse(effect.payload) as Payload<T>;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return until(signal, consumers[topic]({ caller: outboxCaller(), payload, signal }));
}

async function noteFailure({ id, topic, attempts }: Effect, error: unknown): Promise<void> {
  const lastError = kindOf(error);
  const { isGivenUp } = await markFailed.execute(outboxCaller(), { id, attempts, lastError });
  const line = { part: "outbox", topic, id, attempts, lastError };
  if (isGivenUp) log.error(line, "An effect could not be delivered and was given up");
  else log.warn(line, "An effect could not be delivered and is tried again later");
}

async function deliver(consumers: Consumers, effect: Effect): Promise<void> {
  const { id, topic, attempts } = effect;
  try {
    // A newer version may know it: what this one does not is left to be tried again.
    if (!isTopic(topic)) throw new AppError("not-found", "This version does not know the topic.");
    await consume(consumers, topic, effect);
  } catch (error) {
    return noteFailure(effect, error);
  }
  await markDelivered.execute(outboxCaller(), { id, attempts });
}

/** Takes on some of what is due, side by side with whoever else does, and delivers it. @returns how many attempts that were */
export async function deliverSome(consumers: Consumers): Promise<number> {
  const effects = await claim.execute(outboxCaller(), undefined);
  await Promise.all(effects.map((effect) => deliver(consumers, effect)));
  return effects.length;
}
