import { sql } from "drizzle-orm";
import type { Reader } from "@/server/core/database";

export type GatewayRow = {
  id: string;
  revision: number;
  listenPort: number;
  addresses: string[];
  mtu: number;
  masquerade: boolean;
  isActive: boolean;
  isMassRemovalAllowed: boolean;
};

/** The gateway as it should be; its own address is the first of each tunnel network. */
export async function gateway(reader: Reader, id: string): Promise<GatewayRow | undefined> {
  const [row] = await reader.execute<GatewayRow>(sql`
    select id, desired_revision::float8 as revision, listen_port as "listenPort", mtu, masquerade,
           array_remove(array[host(host(vpn_cidr)::inet + 1) || '/' || masklen(vpn_cidr),
                              host(host(vpn_cidr_v6)::inet + 1) || '/' || masklen(vpn_cidr_v6)], null) as addresses,
           is_active as "isActive", is_mass_removal_allowed as "isMassRemovalAllowed"
      from gateways where id = ${id} and deleted_at is null`);
  return row;
}

export type PeerRow = {
  deviceId: string;
  publicKey: string;
  presharedKeyCiphertext: string | null;
  /** Seconds since 1970: the tunnel's own end or the device's, whichever comes first. */
  notAfter: number | null;
  addresses: string[];
};

/**
 * Every tunnel to the gateway that has not ended. Whether its device may use it is for the policies' gate to say. A device
 * has one interface, so what it sends comes from any of its addresses, whichever gateway's they are.
 */
export async function peers(reader: Reader, gatewayId: string): Promise<PeerRow[]> {
  return reader.execute<PeerRow>(sql`
    select p.device_id as "deviceId", p.public_key as "publicKey",
           p.preshared_key_ciphertext as "presharedKeyCiphertext",
           floor(extract(epoch from least(p.not_after, d.expires_at)))::float8 as "notAfter", a.addresses
      from wireguard_peers p
      join devices d on d.id = p.device_id
      join (select i.device_id, bool_or(i.gateway_id = ${gatewayId}) as has_own,
                   array_agg(host(i.address) order by i.gateway_id <> ${gatewayId}, family(i.address), i.address) as addresses
              from ip_allocations i
              join wireguard_peers own on own.device_id = i.device_id and own.gateway_id = ${gatewayId}
               and own.state = 'active' and own.deleted_at is null
              join wireguard_peers there on there.device_id = i.device_id and there.gateway_id = i.gateway_id
               and there.state = 'active' and there.deleted_at is null
             where i.released_at is null group by i.device_id) a
        on a.device_id = p.device_id and a.has_own
     where p.gateway_id = ${gatewayId} and p.state = 'active' and p.deleted_at is null
       and coalesce(p.not_after, 'infinity') > now()
     order by p.public_key`);
}
