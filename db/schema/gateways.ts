import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  cidr,
  index,
  inet,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { id, moment, timestamps, trigram } from "../columns";

/** WireGuard gateways. No two live ones may have overlapping `vpn_cidr` (exclusion constraint). */
export const gateways = pgTable(
  "gateways",
  {
    id: id(),
    name: text("name").notNull(),
    /** `host:port` the clients connect to; null until the gateway has said it. */
    endpoint: text("endpoint"),
    publicKey: text("public_key"),
    listenPort: integer("listen_port").notNull().default(51820),
    vpnCidr: cidr("vpn_cidr").notNull(),
    vpnCidrV6: cidr("vpn_cidr_v6"),
    dnsServers: text("dns_servers").array().notNull().default(sql`'{}'::text[]`),
    isActive: boolean("is_active").notNull().default(true),
    masquerade: boolean("masquerade").notNull().default(true),
    mtu: integer("mtu").notNull().default(1420),
    desiredRevision: bigint("desired_revision", { mode: "number" }).notNull().default(0),
    /** The revision that the state was made of which the gateway last applied. */
    appliedRevision: bigint("applied_revision", { mode: "number" }),
    appliedEtag: text("applied_etag"),
    appliedAt: moment("applied_at"),
    applyError: text("apply_error"),
    lastSyncAt: moment("last_sync_at"),
    /** Since when it is on record that nothing is heard of it; null while something is. */
    offlineAt: moment("offline_at"),
    agentVersion: text("agent_version"),
    bootId: text("boot_id"),
    /** Lets the next state remove more than half of the peers at once. */
    isMassRemovalAllowed: boolean("is_mass_removal_allowed").notNull().default(false),
    deletedAt: moment("deleted_at"),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("gateways_name").on(t.name).where(sql`deleted_at is null`),
    uniqueIndex("gateways_public_key").on(t.publicKey),
    check("gateways_listen_port", sql`${t.listenPort} between 1 and 65535`),
    check("gateways_mtu", sql`${t.mtu} between 1280 and 9000`),
    check("gateways_families", sql`family(${t.vpnCidr}) = 4 and family(${t.vpnCidrV6}) = 6`),
    index("gateways_created_at_id").on(t.createdAt, t.id),
    trigram("gateways_name_trgm", t.name),
  ],
);

/** What a gateway can reach. */
export const gatewayNetworks = pgTable(
  "gateway_networks",
  {
    id: id(),
    gatewayId: uuid("gateway_id")
      .notNull()
      .references(() => gateways.id, { onDelete: "cascade" }),
    network: cidr("network").notNull(),
    description: text("description").notNull().default(""),
    ...timestamps(),
  },
  (t) => [uniqueIndex("gateway_networks_gateway_id_network").on(t.gatewayId, t.network)],
);

/** Address pools, which must not overlap (exclusion constraint). The high-water mark hands out what was never used. */
export const ipPools = pgTable(
  "ip_pools",
  {
    id: id(),
    gatewayId: uuid("gateway_id").references(() => gateways.id),
    gatewayGroup: text("gateway_group"),
    cidr: cidr("cidr").notNull(),
    family: smallint("family").notNull().generatedAlwaysAs(sql`(family(cidr))`),
    /** Offset of the next address never handed out; 0 is the network, 1 the gateway. */
    nextOff: bigint("next_off", { mode: "number" }).notNull().default(2),
    maxOff: bigint("max_off", { mode: "number" }).notNull(),
    reserved: cidr("reserved").array().notNull().default(sql`'{}'::cidr[]`),
    /** Addresses that may be handed out, without the reserved ones. Kept by the functions that change a pool. */
    capacity: bigint("capacity", { mode: "number" }).notNull().default(0),
    /** Of the capacity, those that somebody has. */
    used: bigint("used", { mode: "number" }).notNull().default(0),
    /** 0, 80 or 95: the mark that the pool's use has passed, and been reported for. */
    alertLevel: smallint("alert_level").notNull().default(0),
    ...timestamps(),
  },
  (t) => [
    check("ip_pools_offsets", sql`${t.nextOff} between 0 and ${t.maxOff} + 1`),
    index("ip_pools_gateway_id").on(t.gatewayId),
    index("ip_pools_cidr_id").on(t.cidr, t.id),
  ],
);

/** Addresses that were given back, usable again once their quarantine is over. */
export const ipFree = pgTable(
  "ip_free",
  {
    poolId: uuid("pool_id")
      .notNull()
      .references(() => ipPools.id, { onDelete: "cascade" }),
    address: inet("address").notNull(),
    usableAt: moment("usable_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.poolId, t.address] }), index("ip_free_pool_id_usable_at").on(t.poolId, t.usableAt)],
);
