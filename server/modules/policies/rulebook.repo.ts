import { type SQL, sql } from "drizzle-orm";
import type { Reader, Tx } from "@/server/core/database";
import { type NetworkPolicy, privateNetworksWith, type Rulebook, type Subject } from "./policy-model";

const moment = (text: string | null): Date | null => (text === null ? null : new Date(text));

type PolicyRow = Omit<NetworkPolicy, "startsAt" | "endsAt"> & { startsAt: string | null; endsAt: string | null };

/** Every policy that is active, and what `internet` leaves out. */
export async function rulebook(reader: Reader | Tx): Promise<Rulebook> {
  const [row] = await reader.execute<{ policies: PolicyRow[]; pools: string[] }>(sql`
    select coalesce((select json_agg(p) from (
             select id, priority, effect, is_active as "isActive", full_tunnel as "fullTunnel",
                    starts_at as "startsAt", ends_at as "endsAt",
                    coalesce((select json_agg(json_build_object('type', t.target_type, 'id', t.target_id,
                                                                'isExcluded', t.is_excluded))
                                from policy_targets t where t.policy_id = p.id), '[]') as targets,
                    coalesce((select json_agg(json_build_object('network', d.destination, 'protocol', d.protocol,
                                'ports', case when d.port_from is not null
                                              then json_build_object('from', d.port_from, 'to', d.port_to) end))
                                from policy_destinations d where d.policy_id = p.id), '[]') as destinations
               from policies p where is_active and deleted_at is null
                and (ends_at is null or ends_at > now())) p), '[]') as policies,
           coalesce((select json_agg(cidr) from ip_pools), '[]') as pools`);
  if (!row) throw new Error("PostgreSQL answered without a row");
  return {
    policies: row.policies.map((policy) => ({
      ...policy,
      startsAt: moment(policy.startsAt),
      endsAt: moment(policy.endsAt),
    })),
    privateNetworks: privateNetworksWith(row.pools),
  };
}

type SubjectRow = {
  deviceId: string;
  isActive: boolean;
  expiresAt: Date | null;
  ownerId: string | null;
  isOwnerActive: boolean | null;
  groupIds: string[] | null;
  tagIds: string[] | null;
};

/** @param which a condition on `d`, the devices */
async function subjects(reader: Reader | Tx, which: SQL): Promise<(Subject & { deviceId: string })[]> {
  const rows = await reader.execute<SubjectRow>(sql`
    select d.id as "deviceId", d.status = 'active' and d.deleted_at is null as "isActive", d.expires_at as "expiresAt",
           d.user_id as "ownerId", u.is_active as "isOwnerActive", g.ids as "groupIds", t.ids as "tagIds"
      from devices d
      left join users u on u.id = d.user_id
      left join (select m.user_id, array_agg(m.group_id) as ids
                   from group_memberships m join groups o on o.id = m.group_id and o.deleted_at is null
                  group by m.user_id) g on g.user_id = d.user_id
      left join (select device_id, array_agg(tag_id) as ids from device_tags group by device_id) t on t.device_id = d.id
     where ${which}`);
  return rows.map(({ deviceId, isActive, expiresAt, ownerId, isOwnerActive, groupIds, tagIds }) => ({
    deviceId,
    isActive,
    expiresAt,
    owner: ownerId ? { id: ownerId, isActive: isOwnerActive === true, groupIds: groupIds ?? [] } : null,
    tagIds: tagIds ?? [],
  }));
}

/** What policies know a device by. */
export async function subject(reader: Reader | Tx, deviceId: string) {
  const [found] = await subjects(reader, sql`d.id = ${deviceId}`);
  return found;
}

/** What policies know the devices by that have a tunnel to the gateway. */
export const subjectsOfGateway = (reader: Reader | Tx, gatewayId: string) =>
  subjects(
    reader,
    sql`d.id in (select p.device_id from wireguard_peers p where p.gateway_id = ${gatewayId} and p.state = 'active')`,
  );
