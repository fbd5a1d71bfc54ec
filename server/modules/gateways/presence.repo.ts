import { and, isNull, lt, sql } from "drizzle-orm";
import { gateways } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { OFFLINE_AFTER, state } from "./repo";
import type { GatewayState } from "./schema";

const t = gateways;

const machine = sql`select 1 from devices m where m.gateway_id = gateways.id and m.created_at < ${t.lastSyncAt} and m.deleted_at is null and m.status not in ('retired', 'revoked', 'rejected')`;

/**
 * Puts gateways that nothing was heard of lately on record as offline: of two that look at once, one finds each. One
 * whose machine has not been heard of at all, or is over, was never there to be missed.
 */
export async function takeLost(tx: Tx) {
  const isLost = and(
    isNull(t.deletedAt),
    isNull(t.offlineAt),
    lt(t.lastSyncAt, sql`now() - ${OFFLINE_AFTER}`),
    sql`exists (${machine})`,
  );
  return tx.update(t).set({ offlineAt: sql`now()` }).where(isLost).returning({ id: t.id, lastSyncAt: t.lastSyncAt });
}

/** How many gateways are in each state. */
export async function countByState(reader: Reader): Promise<Map<GatewayState, number>> {
  const rows = await reader
    .select({ state, count: sql<number>`count(*)::int` })
    .from(t)
    .where(isNull(t.deletedAt))
    .groupBy(sql`1`);
  return new Map(rows.map(({ state, count }) => [state, count]));
}
