import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  cidr,
  index,
  inet,
  integer,
  pgEnum,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { id, moment, timestamps } from "../columns";
import { allocationStatuses, peerStates, trafficResolutions } from "../enums";
import { devices } from "./devices";
import { gateways, ipPools } from "./gateways";

export const peerState = pgEnum("peer_state", peerStates);
export const allocationStatus = pgEnum("allocation_status", allocationStatuses);
export const trafficResolution = pgEnum("traffic_resolution", trafficResolutions);

export const wireguardPeers = pgTable(
  "wireguard_peers",
  {
    id: id(),
    deviceId: uuid("device_id")
      .notNull()
      .references(() => devices.id),
    gatewayId: uuid("gateway_id")
      .notNull()
      .references(() => gateways.id),
    /**
     * Base64 of 32 bytes. One device's for ever (exclusion constraint): its tunnels share it, one to each gateway. A key
     * that none of them has any more is never accepted again (trigger).
     */
    publicKey: text("public_key").notNull(),
    assignedIp: inet("assigned_ip"),
    presharedKeyCiphertext: text("preshared_key_ciphertext"),
    allowedIps: cidr("allowed_ips").array().notNull().default(sql`'{}'::cidr[]`),
    dnsServers: text("dns_servers").array().notNull().default(sql`'{}'::text[]`),
    profileRevision: integer("profile_revision").notNull().default(0),
    lastProfileIssuedAt: moment("last_profile_issued_at"),
    /** Of the profile that was handed out last: another hash now means that one is out of date. */
    issuedProfileHash: text("issued_profile_hash"),
    /** The gateway drops the peer then, even when it cannot reach us; null is never. */
    notAfter: moment("not_after"),
    /** The last warning of that end, in hours before it; 0 is none yet. Another end starts anew (trigger). */
    warnedH: smallint("warned_h").notNull().default(0),
    state: peerState("state").notNull().default("active"),
    /** When the device's tunnel to this gateway began, under whichever key: the first takes what no other has to. */
    beganAt: moment("began_at").notNull().default(sql`clock_timestamp()`),
    lastHandshakeAt: moment("last_handshake_at"),
    /** Where the device was last heard from, `address:port`. */
    remoteEndpoint: text("remote_endpoint"),
    /** The gateway's counters as last reported, and of which boot: traffic is what they grew by. */
    counterBootId: text("counter_boot_id"),
    rxCounter: bigint("rx_counter", { mode: "number" }).notNull().default(0),
    txCounter: bigint("tx_counter", { mode: "number" }).notNull().default(0),
    deletedAt: moment("deleted_at"),
    ...timestamps(),
  },
  (t) => [
    check("wireguard_peers_public_key", sql`${t.publicKey} ~ '^[A-Za-z0-9+/]{43}=$'`),
    uniqueIndex("wireguard_peers_one_active")
      .on(t.deviceId, t.gatewayId)
      .where(sql`state = 'active' and deleted_at is null`),
    index("wireguard_peers_public_key_device_id").on(t.publicKey, t.deviceId),
    index("wireguard_peers_device_id").on(t.deviceId),
    index("wireguard_peers_gateway_id_state").on(t.gatewayId, t.state),
    index("wireguard_peers_not_after").on(t.notAfter),
  ],
);

/** Who had which address when. Rows are history: an allocation ends by `released_at`. */
export const ipAllocations = pgTable(
  "ip_allocations",
  {
    id: id(),
    poolId: uuid("pool_id").references(() => ipPools.id),
    gatewayId: uuid("gateway_id")
      .notNull()
      .references(() => gateways.id),
    deviceId: uuid("device_id").references(() => devices.id),
    address: inet("address").notNull(),
    status: allocationStatus("status").notNull().default("allocated"),
    allocatedAt: moment("allocated_at").notNull().defaultNow(),
    releasedAt: moment("released_at"),
    reusableAfter: moment("reusable_after"),
    ...timestamps(),
  },
  (t) => [
    check("ip_allocations_released", sql`(${t.status} = 'released') = (${t.releasedAt} is not null)`),
    uniqueIndex("ip_allocations_gateway_id_address_live").on(t.gatewayId, t.address).where(sql`released_at is null`),
    uniqueIndex("ip_allocations_pool_id_address_live").on(t.poolId, t.address).where(sql`released_at is null`),
    // One address of each family at a gateway: a dual-stack device holds two there.
    uniqueIndex("ip_allocations_device_id_allocated")
      .on(t.deviceId, t.gatewayId, sql`family(address)`)
      .where(sql`status = 'allocated'`),
    index("ip_allocations_gateway_id").on(t.gatewayId),
    index("ip_allocations_device_id").on(t.deviceId),
    index("ip_allocations_pool_id").on(t.poolId),
    index("ip_allocations_address_allocated_at").on(t.address, t.allocatedAt),
    index("ip_allocations_address_id").on(t.address, t.id),
    index("ip_allocations_allocated_at_id").on(t.allocatedAt, t.id),
  ],
);

/** Bytes per peer, as deltas, rolled up from minutes to hours to days. */
export const peerTraffic = pgTable(
  "peer_traffic",
  {
    peerId: uuid("peer_id")
      .notNull()
      .references(() => wireguardPeers.id, { onDelete: "cascade" }),
    resolution: trafficResolution("resolution").notNull(),
    bucketAt: moment("bucket_at").notNull(),
    rxBytes: bigint("rx_bytes", { mode: "number" }).notNull().default(0),
    txBytes: bigint("tx_bytes", { mode: "number" }).notNull().default(0),
  },
  (t) => [
    primaryKey({ columns: [t.peerId, t.resolution, t.bucketAt] }),
    index("peer_traffic_resolution_bucket_at").on(t.resolution, t.bucketAt),
  ],
);
