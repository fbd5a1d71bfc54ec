import { sql } from "drizzle-orm";
import type { DeviceStatus } from "@/db/enums";
import type { Tx } from "@/server/core/database";

/** How long a machine that enrolled may take to be heard of for the first time. */
const GRACE = sql`interval '1 hour'`;

interface Unheard extends Record<string, unknown> {
  id: string;
  userId: string | null;
  before: DeviceStatus;
  heardAt: string;
}

/**
 * Retires devices of ephemeral tokens whose last handshake, last check-in and enrolment are all too long ago. What is
 * held by somebody else is left for the next time: of two that look at once, one finds each.
 */
export async function retireUnheard(tx: Tx): Promise<Unheard[]> {
  return tx.execute<Unheard>(sql`
    with unheard as (
      select d.id, d.status, heard.at
        from devices d
        join enrolment_tokens t on t.id = d.enrolment_token_id and t.kind = 'device'
        cross join lateral (
          select greatest(d.last_connected_at, d.last_seen_at, d.created_at + ${GRACE}) as at) heard
       where t.ephemeral_ttl_s is not null and d.deleted_at is null and d.gateway_id is null
         and d.status in ('pending', 'active', 'suspended', 'quarantined')
         and heard.at < now() - make_interval(secs => t.ephemeral_ttl_s)
       order by d.id limit 500
         for update of d skip locked
    )
    update devices d set status = 'retired', revoked_at = now()
      from unheard u where d.id = u.id
    returning d.id, d.user_id as "userId", u.status as before, to_json(u.at) #>> '{}' as "heardAt"`);
}
