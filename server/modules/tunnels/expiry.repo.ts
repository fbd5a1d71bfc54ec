import { and, eq, sql } from "drizzle-orm";
import { systemSettings } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";

/** Days that a person's device stays until its owner extends it; 0 is without end. */
export async function lifetimeDays(reader: Reader | Tx): Promise<unknown> {
  const [row] = await reader
    .select({ value: systemSettings.value })
    .from(systemSettings)
    .where(and(eq(systemSettings.category, "device"), eq(systemSettings.key, "lifetime_days")));
  return row?.value;
}

interface Expiring extends Record<string, unknown> {
  id: string;
  deviceId: string;
  userId: string | null;
  gateway: string;
  endsAt: string;
  hours: number;
}

/**
 * Takes the tunnels that end before their devices do and whose end has come within a mark that they were made before, seven days or one, and that were not
 * warned of at it: of two that look at once, one finds each.
 */
export async function takeExpiring(tx: Tx): Promise<Expiring[]> {
  return tx.execute<Expiring>(sql`
    with due as (
      select p.id, mark.hours
        from wireguard_peers p
        join devices its on its.id = p.device_id
        cross join lateral (
          select h as hours from unnest(array[24, 168]) h
           where p.not_after <= now() + make_interval(hours => h) order by h limit 1) mark
       where p.state = 'active' and p.deleted_at is null and p.not_after > now()
         and p.created_at < p.not_after - make_interval(hours => mark.hours)
         and coalesce(its.expires_at > p.not_after, true)
         and (p.warned_h = 0 or p.warned_h > mark.hours)
       order by p.id limit 500
         for update of p skip locked
    )
    update wireguard_peers p set warned_h = due.hours
      from due, devices d, gateways g
     where p.id = due.id and d.id = p.device_id and g.id = p.gateway_id
    returning p.id, p.device_id as "deviceId", d.user_id as "userId", g.name as gateway,
              to_json(p.not_after) #>> '{}' as "endsAt", due.hours`);
}
