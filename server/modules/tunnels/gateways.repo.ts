import { sql } from "drizzle-orm";
import type { Reader, Tx } from "@/server/core/database";

export type TunnelGateway = {
  id: string;
  name: string;
  publicKey: string | null;
  endpoint: string | null;
  mtu: number;
  dnsServers: string[];
  networks: string[];
  pools: string[];
  /** The device's own there. */
  addresses: string[];
};

const networks = sql`array(select n.network::text from gateway_networks n where n.gateway_id = g.id order by n.network) as networks`;
const pools = sql`array_remove(array[g.vpn_cidr::text, g.vpn_cidr_v6::text], null) as pools`;

/** The gateways a device has a tunnel to, its primary one first. */
export async function ofDevice(reader: Reader | Tx, deviceId: string): Promise<TunnelGateway[]> {
  return reader.execute<TunnelGateway>(sql`
    select g.id, g.name, g.public_key as "publicKey", g.endpoint, g.mtu, g.dns_servers as "dnsServers", ${networks},
           ${pools}, array(select host(a.address) from ip_allocations a
                            where a.device_id = p.device_id and a.gateway_id = g.id and a.released_at is null
                            order by family(a.address)) as addresses
      from wireguard_peers p join gateways g on g.id = p.gateway_id
     where p.device_id = ${deviceId} and p.state = 'active' and p.deleted_at is null and g.deleted_at is null
     order by p.began_at, g.id`);
}

type Candidate = {
  id: string;
  networks: string[];
  /** It keeps addresses for the device: those of the one whose place the device took. */
  isHeld: boolean;
};

/**
 * The gateways in use that a device could have a tunnel to and has not, the one with the most room first; without those
 * whose addresses are used up, and those where its tunnel was ended.
 */
export async function candidates(reader: Reader | Tx, deviceId: string): Promise<Candidate[]> {
  return reader.execute<Candidate>(sql`
    select g.id, ${networks}, h.since is not null as "isHeld"
      from gateways g
      join lateral (select max(p.used::float8 / greatest(p.capacity, 1)) as share, bool_and(
                           p.next_off <= p.max_off or exists (
                             select from ip_free f where f.pool_id = p.id and f.usable_at <= now())) as has_room
                      from ip_pools p where p.gateway_id = g.id) u on true
      join lateral (select min(a.allocated_at) as since from ip_allocations a
                     where a.device_id = ${deviceId} and a.gateway_id = g.id and a.released_at is null) h on true
     where g.deleted_at is null and g.is_active and g.public_key is not null and g.endpoint is not null
       and (u.has_room or h.since is not null)
       and not exists (select from wireguard_peers p
                        where p.device_id = ${deviceId} and p.gateway_id = g.id and p.deleted_at is null
                          and p.state in ('active', 'revoked'))
     order by h.since, u.share, g.created_at, g.id`);
}

/** Holds gateways and then their pools in the order in which everybody takes several. */
export async function lock(tx: Tx, ids: readonly string[]): Promise<void> {
  const wanted = sql.param([...ids]);
  await tx.execute(sql`select from gateways where id = any(${wanted}::uuid[]) order by id for no key update`);
  await tx.execute(sql`
    select from ip_pools where gateway_id = any(${wanted}::uuid[]) order by family, id for no key update`);
}

type SealedKey = { gatewayKey: string; sealed: string };

/** The preshared keys of a device's tunnels, encrypted, by the gateway's public key. */
export async function presharedKeys(reader: Reader | Tx, deviceId: string): Promise<SealedKey[]> {
  return reader.execute<SealedKey>(sql`
    select g.public_key as "gatewayKey", p.preshared_key_ciphertext as sealed
      from wireguard_peers p join gateways g on g.id = p.gateway_id
     where p.device_id = ${deviceId} and p.state = 'active' and p.deleted_at is null
       and g.public_key is not null and p.preshared_key_ciphertext is not null`);
}
