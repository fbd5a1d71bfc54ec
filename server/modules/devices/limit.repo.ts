import { eq, sql } from "drizzle-orm";
import { users } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import type { DeviceAllowance } from "./schema";

/** The user, held so that of two devices that would take the last place one comes second. */
export async function lockUser(tx: Tx, id: string) {
  const [user] = await tx
    .select({ id: users.id, username: users.username, deviceLimit: users.deviceLimit })
    .from(users)
    .where(eq(users.id, id))
    .for("no key update");
  return user;
}

type Allowance = DeviceAllowance & Record<string, unknown>;

/**
 * How many devices a user has and may have: as many as the user was given, else as the most generous of the user's
 * groups gives, else as the setting says. What neither has a key to come in with nor a tunnel takes no place.
 */
export async function allowance(reader: Reader | Tx, userId: string): Promise<DeviceAllowance | undefined> {
  const [row] = await reader.execute<Allowance>(sql`
    select (select count(*)::int from devices d
             where d.user_id = u.id and d.deleted_at is null
               and d.status in ('pending', 'active', 'suspended', 'quarantined')
               and (exists (select from device_keys k where k.device_id = d.id)
                    or exists (select from wireguard_peers p where p.device_id = d.id and p.state = 'active'))) as used,
           coalesce(u.device_limit, best.device_limit, (s.value #>> '{}')::int) as "limit",
           case when u.device_limit is not null then 'user'
                when best.device_limit is not null then 'group' else 'setting' end as source,
           case when u.device_limit is null then best.name::text end as "groupName"
      from users u
      join system_settings s on s.category = 'device' and s.key = 'max_per_user'
      left join lateral (
        select g.name, g.device_limit from group_memberships m join groups g on g.id = m.group_id
         where m.user_id = u.id and g.device_limit is not null and g.deleted_at is null
         order by g.device_limit desc, g.name limit 1) best on true
     where u.id = ${userId}`);
  return row;
}

export async function setLimit(tx: Tx, id: string, deviceLimit: number | null): Promise<void> {
  await tx.update(users).set({ deviceLimit }).where(eq(users.id, id));
}
