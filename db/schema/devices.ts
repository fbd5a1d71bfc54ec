import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  index,
  inet,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { createdAt, id, moment, neverFirst, timestamps, trigram } from "../columns";
import { complianceStates, deviceKeyStatuses, deviceStatuses, enrolmentOutcomes } from "../enums";
import { enrolmentTokens } from "./enrolment";
import { entities } from "./entities";
import { gateways } from "./gateways";
import { users } from "./identity";
import { tags } from "./tags";

export const deviceStatus = pgEnum("device_status", deviceStatuses);
export const deviceKeyStatus = pgEnum("device_key_status", deviceKeyStatuses);
export const complianceState = pgEnum("compliance_state", complianceStates);
export const enrolmentOutcome = pgEnum("enrolment_outcome", enrolmentOutcomes);

export const devices = pgTable(
  "devices",
  {
    id: id(),
    /** Null for a server nobody owns. */
    userId: uuid("user_id").references(() => users.id),
    /** Set when the device is itself a gateway. */
    gatewayId: uuid("gateway_id").references(() => gateways.id),
    entityId: uuid("entity_id").references(() => entities.id),
    name: text("name").notNull(),
    platform: text("platform"),
    osVersion: text("os_version"),
    appVersion: text("app_version"),
    deviceFingerprint: text("device_fingerprint"),
    /** Thumbprint of the key in use; the keys themselves are {@link deviceKeys}. */
    publicKey: text("public_key"),
    status: deviceStatus("status").notNull().default("pending"),
    enrolmentTokenId: uuid("enrolment_token_id").references(() => enrolmentTokens.id),
    hardwareHash: text("hardware_hash"),
    lastSeenAt: moment("last_seen_at"),
    lastSeenIp: inet("last_seen_ip"),
    lastConnectedAt: moment("last_connected_at"),
    approvedAt: moment("approved_at"),
    approvedBy: uuid("approved_by").references(() => users.id),
    revokedAt: moment("revoked_at"),
    /** It is off the private network from then on, until somebody puts that off; null is never. */
    expiresAt: moment("expires_at"),
    /** The last that was said of that end, in hours before it; 0 is that it came. Another end starts anew (trigger). */
    expiryToldH: smallint("expiry_told_h"),
    compliance: complianceState("compliance").notNull().default("pending"),
    desiredHash: text("desired_hash"),
    appliedHash: text("applied_hash"),
    possiblePredecessorId: uuid("possible_predecessor_id").references((): AnyPgColumn => devices.id),
    /** The last eight process instances, newest last: one that comes back after another was seen is a clone. */
    recentInstanceIds: text("recent_instance_ids").array().notNull().default(sql`'{}'::text[]`),
    cloneFlips: integer("clone_flips").notNull().default(0),
    deletedAt: moment("deleted_at"),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("devices_user_id_device_fingerprint").on(t.userId, t.deviceFingerprint).where(sql`deleted_at is null`),
    uniqueIndex("devices_gateway_id_live").on(t.gatewayId).where(sql`deleted_at is null and status <> 'retired'`),
    index("devices_user_id").on(t.userId),
    index("devices_gateway_id").on(t.gatewayId),
    index("devices_entity_id").on(t.entityId),
    index("devices_enrolment_token_id").on(t.enrolmentTokenId),
    index("devices_approved_by").on(t.approvedBy),
    index("devices_possible_predecessor_id").on(t.possiblePredecessorId),
    index("devices_hardware_hash").on(t.hardwareHash),
    index("devices_created_at_id").on(t.createdAt, t.id),
    index("devices_name_id").on(t.name, t.id),
    index("devices_status_id").on(t.status, t.id),
    index("devices_platform_id").on(t.platform, t.id),
    index("devices_compliance_id").on(t.compliance, t.id),
    index("devices_app_version_id").on(t.appVersion, t.id),
    index("devices_last_seen_at_id").on(neverFirst(t.lastSeenAt), t.id),
    index("devices_expires_at_id").on(neverFirst(t.expiresAt), t.id),
    trigram("devices_name_trgm", t.name),
    trigram("devices_os_version_trgm", t.osVersion),
  ],
);

export const deviceKeys = pgTable(
  "device_keys",
  {
    id: id(),
    deviceId: uuid("device_id")
      .notNull()
      .references(() => devices.id),
    /** RFC 7638, base64url of SHA-256. Unique for ever: a revoked key never comes back. */
    thumbprint: text("thumbprint").notNull().unique(),
    jwk: jsonb("jwk").$type<Record<string, string>>().notNull(),
    algorithm: text("algorithm").notNull(),
    status: deviceKeyStatus("status").notNull().default("active"),
    lastUsedAt: moment("last_used_at"),
    lastUsedIp: inet("last_used_ip"),
    rotateAfter: moment("rotate_after"),
    /** A retiring key works until then, or until its successor is first used. */
    retiresAt: moment("retires_at"),
    revokedAt: moment("revoked_at"),
    ...timestamps(),
  },
  (t) => [
    index("device_keys_device_id").on(t.deviceId),
    uniqueIndex("device_keys_one_active").on(t.deviceId).where(sql`status = 'active'`),
  ],
);

export const deviceFacts = pgTable(
  "device_facts",
  {
    deviceId: uuid("device_id")
      .notNull()
      .references(() => devices.id, { onDelete: "cascade" }),
    section: text("section").notNull(),
    facts: jsonb("facts").$type<unknown>().notNull(),
    hash: text("hash").notNull(),
    ...timestamps(),
  },
  (t) => [primaryKey({ columns: [t.deviceId, t.section] })],
);

export const deviceTags = pgTable(
  "device_tags",
  {
    deviceId: uuid("device_id")
      .notNull()
      .references(() => devices.id, { onDelete: "cascade" }),
    tagId: uuid("tag_id")
      .notNull()
      .references(() => tags.id, { onDelete: "cascade" }),
    /** `manual`, `token:<id>` or `rule`. */
    source: text("source").notNull().default("manual"),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.deviceId, t.tagId] }), index("device_tags_tag_id").on(t.tagId)],
);

/** Every time a real token was presented, and what came of it. */
export const enrolmentTokenUses = pgTable(
  "enrolment_token_uses",
  {
    id: id(),
    enrolmentTokenId: uuid("enrolment_token_id")
      .notNull()
      .references(() => enrolmentTokens.id),
    deviceId: uuid("device_id").references(() => devices.id),
    ipAddress: inet("ip_address"),
    userAgent: text("user_agent"),
    outcome: enrolmentOutcome("outcome").notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    index("enrolment_token_uses_token_id_created_at").on(t.enrolmentTokenId, t.createdAt, t.id),
    index("enrolment_token_uses_device_id").on(t.deviceId),
  ],
);

/** Nonces of signed requests that change something, kept for six minutes. Unlogged: reports are idempotent anyway. */
export const agentNonces = pgTable(
  "agent_nonces",
  {
    deviceId: uuid("device_id").notNull(),
    nonce: text("nonce").notNull(),
    seenAt: moment("seen_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.deviceId, t.nonce] }), index("agent_nonces_seen_at").on(t.seenAt)],
);
