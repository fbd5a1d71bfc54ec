import type { Sql } from "postgres";
import { DeviceId, GatewayId, PoolId } from "@/server/core/ids";

let made = 0;

/** A network nobody else has, of the length. */
export const freshNetwork = (prefix: number): string => {
  made += 1;
  return `${20 + (made >> 8)}.${made & 255}.0.0/${prefix}`;
};

/** A gateway with a pool, without what a command does around them. */
export async function plantPool(sql: Sql, cidr: string, vpnCidr = freshNetwork(24)) {
  const [row] = await sql<{ gatewayId: string; poolId: string }[]>`
    with gateway as (
      insert into gateways (name, vpn_cidr, vpn_cidr_v6)
      values (${`gw-${cidr}`}, ${cidr.includes(":") ? vpnCidr : cidr}, ${cidr.includes(":") ? cidr : null}) returning id)
    select id as gateway_id, create_pool(id, ${cidr}::cidr) as pool_id from gateway`;
  if (!row) throw new Error("no pool");
  return { gatewayId: GatewayId.parse(row.gatewayId), poolId: PoolId.parse(row.poolId) };
}

/** Active devices that nobody owns, by the hundred. */
export async function plantDevices(sql: Sql, count: number): Promise<DeviceId[]> {
  const rows = await sql<{ id: string }[]>`
    insert into devices (name, status) select 'bulk-' || n, 'active' from generate_series(1, ${count}) n returning id`;
  return rows.map(({ id }) => DeviceId.parse(id));
}
