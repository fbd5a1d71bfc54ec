import { sql } from "drizzle-orm";
import { z } from "zod";
import { outbox } from "@/db/schema";
import { announce, onAnnounced } from "./announcements";
import type { Tx } from "./database";
import { DeviceId } from "./ids";

/** Most devices that one effect is about: a statement over them holds nobody up for long. */
export const DEVICES_AT_ONCE = 500;

/**
 * Everything a command may ask to be done once it is committed, and what each needs to know. Payloads lie in the
 * database for days: never put a secret into one.
 */
export const topics = {
  "device.documents-outdated": z.object({ deviceIds: z.array(DeviceId).min(1).max(DEVICES_AT_ONCE) }),
} as const satisfies Record<string, z.ZodType<Record<string, unknown>>>;

export type Topic = keyof typeof topics;
export type Payload<T extends Topic> = z.output<(typeof topics)[T]>;

const ENQUEUED = "outbox";

/**
 * Asks for effects of the running command, which happen after its commit or, when it is rolled back, never. Each is
 * delivered once or, after a crash, again; their order is nobody's promise.
 */
export async function enqueue<T extends Topic>(tx: Tx, topic: T, payloads: readonly Payload<T>[]): Promise<void> {
  if (payloads.length === 0) return;
  // Rounded down, as the column would round up: what is woken at once must be due at once.
  const availableAt = sql`date_trunc('milliseconds', now())`;
  const rows = payloads.map((payload) => ({ topic, payload: topics[topic].parse(payload), availableAt }));
  await tx.insert(outbox).values(rows);
  await announce(tx, ENQUEUED);
}

/** Calls `wake` whenever something was enqueued by whatever process, and when that may have been missed. @returns how to stop it */
export const onEnqueued = (wake: () => void): (() => void) => onAnnounced([ENQUEUED], wake);
