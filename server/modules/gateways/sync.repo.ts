import { and, eq, isNull, sql } from "drizzle-orm";
import { devices, gateways, wireguardPeers } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import type { GatewayStats } from "./state.schema";

const ofDevice = (deviceId: string) =>
  and(eq(devices.id, deviceId), eq(devices.status, "active"), isNull(gateways.deletedAt));

/** The gateway that the device is, with the revision its state is due for. */
export async function revision(reader: Reader, deviceId: string) {
  const [gateway] = await reader
    .select({ id: gateways.id, revision: gateways.desiredRevision })
    .from(devices)
    .innerJoin(gateways, eq(gateways.id, devices.gatewayId))
    .where(ofDevice(deviceId));
  return gateway;
}

/** The gateway that the device is, held until the transaction ends. */
export async function lockOf(tx: Tx, deviceId: string) {
  const [gateway] = await tx
    .select({
      id: gateways.id,
      name: gateways.name,
      publicKey: gateways.publicKey,
      endpoint: gateways.endpoint,
      appliedEtag: gateways.appliedEtag,
      applyError: gateways.applyError,
      agentVersion: gateways.agentVersion,
      bootId: gateways.bootId,
    })
    .from(devices)
    .innerJoin(gateways, eq(gateways.id, devices.gatewayId))
    .where(ofDevice(deviceId))
    .for("no key update", { of: gateways });
  return gateway;
}

export async function update(tx: Tx, id: string, values: Partial<typeof gateways.$inferInsert>): Promise<void> {
  await tx.update(gateways).set(values).where(eq(gateways.id, id));
}

interface Applied {
  etag: string;
  revision: number;
}

/** Notes that what the gateway applied is what this revision asks for. @returns whether it did say it applied that */
export async function noteApplied(tx: Tx, deviceId: string, { etag, revision }: Applied): Promise<boolean> {
  const rows = await tx.execute(sql`
    update gateways g set applied_revision = greatest(applied_revision, ${revision}) from devices d
     where d.id = ${deviceId} and g.id = d.gateway_id and g.applied_etag = ${etag}
    returning g.id`);
  return rows.length > 0;
}

export async function isKeyOfPeer(tx: Tx, publicKey: string): Promise<boolean> {
  return (await tx.$count(wireguardPeers, eq(wireguardPeers.publicKey, publicKey))) > 0;
}

/**
 * Adds what the counters grew by to the traffic of this minute, hour and day. A counter that fell, or comes from another
 * boot, began at 0. Keys that are no peer of this gateway are left out.
 */
export async function addTraffic(tx: Tx, gatewayId: string, { bootId, peers }: GatewayStats): Promise<void> {
  const said = JSON.stringify(peers);
  await tx.execute(sql`
    with said as (
      select distinct on (p.id) p.id, p.device_id, s."rxBytes" as rx, s."txBytes" as tx, s.endpoint,
             case when s."lastHandshakeAt" > 0 then to_timestamp(s."lastHandshakeAt") end as handshake,
             p.counter_boot_id is not distinct from ${bootId} as is_same, p.rx_counter, p.tx_counter
        from json_to_recordset(${said}::json) s("publicKey" text, "rxBytes" bigint, "txBytes" bigint,
                                                "lastHandshakeAt" bigint, endpoint text)
        join lateral (select * from wireguard_peers w
                       where w.public_key = s."publicKey" and w.gateway_id = ${gatewayId}
                       order by w.state, w.created_at desc limit 1) p on true
    ), delta as (
      select id, case when is_same and rx >= rx_counter then rx - rx_counter else rx end as rx,
             case when is_same and tx >= tx_counter then tx - tx_counter else tx end as tx
        from said
    ), noted as (
      update wireguard_peers p
         set rx_counter = s.rx, tx_counter = s.tx, counter_boot_id = ${bootId},
             remote_endpoint = coalesce(s.endpoint, p.remote_endpoint),
             last_handshake_at = greatest(p.last_handshake_at, least(s.handshake, now()))
        from said s where p.id = s.id
    ), connected as (
      update devices d set last_connected_at = least(s.handshake, now())
        from said s
       where d.id = s.device_id and least(s.handshake, now()) > coalesce(d.last_connected_at, '-infinity')
    )
    insert into peer_traffic (peer_id, resolution, bucket_at, rx_bytes, tx_bytes)
    select d.id, r.resolution, date_trunc(r.resolution::text, now(), 'UTC'), d.rx, d.tx
      from delta d cross join unnest(enum_range(null::traffic_resolution)) as r(resolution)
     where d.rx > 0 or d.tx > 0
    on conflict (peer_id, resolution, bucket_at) do update
       set rx_bytes = peer_traffic.rx_bytes + excluded.rx_bytes, tx_bytes = peer_traffic.tx_bytes + excluded.tx_bytes`);
}

/** Forgets fine traffic once the coarser tells it: minutes after two days, hours after two months. */
export async function forgetTraffic(tx: Tx): Promise<void> {
  await tx.execute(sql`
    delete from peer_traffic
     where (resolution = 'minute' and bucket_at < now() - interval '2 days')
        or (resolution = 'hour' and bucket_at < now() - interval '62 days')`);
}
