import { and, eq, isNull, sql } from "drizzle-orm";
import { asText } from "@/db/columns";
import { devices, users } from "@/db/schema";
import type { Reader } from "@/server/core/database";

/** States that nothing leads out of: such a device reaches nothing, and nobody wonders why. */
export const ENDED = sql`('rejected', 'revoked', 'retired')`;

/** The first devices of a user that may come to reach something, by name, and how many there are. */
export async function devicesOf(reader: Reader, userId: string, limit: number) {
  const theirs = and(eq(devices.userId, userId), isNull(devices.deletedAt), sql`${devices.status} not in ${ENDED}`);
  const [rows, total] = await Promise.all([
    reader.select({ id: devices.id }).from(devices).where(theirs).orderBy(devices.name, devices.id).limit(limit),
    reader.$count(devices, theirs),
  ]);
  return { ids: rows.map(({ id }) => id), total };
}

export async function user(reader: Reader, id: string) {
  const [found] = await reader
    .select({ id: users.id, name: asText(users.username) })
    .from(users)
    .where(eq(users.id, id));
  return found;
}

export type TunnelRow = {
  deviceId: string;
  gatewayId: string;
  gatewayName: string;
  isActive: boolean;
  desiredRevision: number;
  appliedRevision: number | null;
  /** Milliseconds since 1970. */
  appliedAt: number | null;
  error: string | null;
  network: string | null;
  /** The address is the gateway's own, or a name server that it tells of. */
  isAlways: boolean;
  inIssuedProfile: boolean | null;
};

interface Asked {
  deviceIds: readonly string[];
  dst: string;
  now: Date;
}

/** Of each device the tunnel that carries the address: to the gateway whose network holds it most narrowly. */
export async function tunnels(reader: Reader, { deviceIds, dst, now }: Asked): Promise<Map<string, TunnelRow>> {
  const address = sql`${dst}::inet`;
  const rows = await reader.execute<TunnelRow>(sql`
    select distinct on (p.device_id) p.device_id as "deviceId", g.id as "gatewayId", g.name as "gatewayName",
           g.is_active as "isActive", g.desired_revision::float8 as "desiredRevision",
           g.applied_revision::float8 as "appliedRevision", extract(epoch from g.applied_at)::float8 * 1000 as "appliedAt", g.apply_error as error,
           n.network::text as network,
           coalesce(${address} in (host(g.vpn_cidr)::inet + 1, host(g.vpn_cidr_v6)::inet + 1), false)
             or ${address} = any(g.dns_servers::inet[]) as "isAlways",
           case when p.last_profile_issued_at is not null
                then exists (select from unnest(p.allowed_ips) a where a >>= ${address}) end as "inIssuedProfile"
      from wireguard_peers p
      join gateways g on g.id = p.gateway_id and g.deleted_at is null
      left join lateral (
        select v.network from (
          select b.network from gateway_networks b where b.gateway_id = g.id
          union all values (g.vpn_cidr), (g.vpn_cidr_v6)) v
         where v.network >>= ${address} order by masklen(v.network) desc limit 1) n on true
     where p.device_id = any(${sql.param([...deviceIds])}::uuid[]) and ${isLive(now)}
     order by p.device_id, g.is_active desc, masklen(n.network) desc nulls last, p.created_at, p.id`);
  return new Map(rows.map((row) => [row.deviceId, row]));
}

/** Whether a gateway in use would have the tunnel `p` among its peers: it goes on, and it has an address. */
export const isLive = (now: Date) => sql`p.state = 'active' and p.deleted_at is null
  and coalesce(p.not_after, 'infinity') > ${now.toISOString()}::timestamptz
  and exists (select from ip_allocations a
               where a.device_id = p.device_id and a.gateway_id = p.gateway_id and a.released_at is null)`;
