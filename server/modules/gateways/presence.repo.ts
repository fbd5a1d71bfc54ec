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

/**
 * Writes down that these gateways were heard of, in one order, so that two who write the same never wait for each other.
 * @returns the ids of those that were on record as offline, and are not from now on
 */
export async function noteHeard(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.execute<{ id: string; wasOffline: boolean }>(sql`
    with heard as (
      select id, offline_at is not null as was_offline from gateways
       where id = any(${sql.param([...ids])}::uuid[]) and deleted_at is null order by id for no key update
    )
    update gateways g set last_sync_at = now(), offline_at = null from heard where g.id = heard.id
    returning g.id, heard.was_offline as "wasOffline"`);
  return rows.filter(({ wasOffline }) => wasOffline).map(({ id }) => id);
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
