import { sql } from "drizzle-orm";
import type { Tx } from "@/server/core/database";

interface Due extends Record<string, unknown> {
  id: string;
  userId: string | null;
  endsAt: string;
  /** Before its end; 0 when that has come. */
  hours: number;
}

/**
 * Takes the devices in service whose end is nearer than seven days or one, or has come, and of which that was not said
 * yet: of two that look at once, one finds each.
 */
export async function takeDue(tx: Tx): Promise<Due[]> {
  return tx.execute<Due>(sql`
    with due as (
      select d.id, mark.hours
        from devices d
        cross join lateral (
          select h as hours from unnest(array[0, 24, 168]) h
           where d.expires_at <= now() + make_interval(hours => h) order by h limit 1) mark
       where coalesce(d.expires_at, '-infinity'::timestamptz) > '-infinity'
         and coalesce(d.expires_at, '-infinity'::timestamptz) <= now() + interval '168 hours'
         and coalesce(d.expiry_told_h, 169) > mark.hours
         and d.status in ('pending', 'active', 'suspended', 'quarantined') and d.deleted_at is null
       order by d.id limit 500
         for update of d skip locked
    )
    update devices d set expiry_told_h = due.hours from due where d.id = due.id
    returning d.id, d.user_id as "userId", to_json(d.expires_at) #>> '{}' as "endsAt", due.hours`);
}
