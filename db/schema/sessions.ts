import { sql } from "drizzle-orm";
import {
  boolean,
  char,
  check,
  doublePrecision,
  index,
  inet,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import { createdAt, id, moment, neverFirst, timestamps, trigram } from "../columns";
import { sessionActivityTypes, sessionRevokeReasons, severities } from "../enums";
import { users } from "./identity";

export const sessionRevokeReason = pgEnum("session_revoke_reason", sessionRevokeReasons);
export const sessionActivityType = pgEnum("session_activity_type", sessionActivityTypes);
export const severity = pgEnum("severity", severities);

/** One row per login. `token_hash` and `checksum` are read by the `authority_*` functions only: select named columns. */
export const sessions = pgTable(
  "sessions",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    tokenHash: char("token_hash", { length: 64 }).unique(),
    /** The user's checksum at issue. Written as '' it takes the user's present one (trigger). */
    checksum: varchar("checksum", { length: 70 }).notNull().default(""),
    ipAddress: inet("ip_address"),
    userAgent: text("user_agent"),
    deviceType: text("device_type"),
    deviceOs: text("device_os"),
    deviceBrowser: text("device_browser"),
    deviceName: text("device_name"),
    knownDeviceHash: char("known_device_hash", { length: 64 }),
    country: text("country"),
    region: text("region"),
    city: text("city"),
    timezone: text("timezone"),
    latitude: doublePrecision("latitude"),
    longitude: doublePrecision("longitude"),
    isSuspicious: boolean("is_suspicious").notNull().default(false),
    securityFlags: jsonb("security_flags").$type<Record<string, unknown>>().notNull().default({}),
    activityCount: integer("activity_count").notNull().default(0),
    sessionData: jsonb("session_data").$type<Record<string, unknown>>().notNull().default({}),
    assuranceLevel: smallint("assurance_level").notNull().default(1),
    authenticatedAt: moment("authenticated_at").notNull().defaultNow(),
    elevatedUntil: moment("elevated_until"),
    impersonatorId: uuid("impersonator_id").references(() => users.id),
    lastSeenAt: moment("last_seen_at").notNull().defaultNow(),
    lastActivityAt: moment("last_activity_at").notNull().defaultNow(),
    idleExpiresAt: moment("idle_expires_at").notNull(),
    expiresAt: moment("expires_at").notNull(),
    revokedAt: moment("revoked_at"),
    revokeReason: sessionRevokeReason("revoke_reason"),
    ...timestamps(),
  },
  (t) => [
    check("sessions_assurance_level", sql`${t.assuranceLevel} between 1 and 3`),
    check("sessions_revoked_with_reason", sql`(${t.revokedAt} is null) = (${t.revokeReason} is null)`),
    index("sessions_user_id_created_at").on(t.userId, t.createdAt),
    index("sessions_live_user_id").on(t.userId).where(sql`revoked_at is null`),
    index("sessions_impersonator_id").on(t.impersonatorId),
    index("sessions_known_device_hash").on(t.knownDeviceHash),
    index("sessions_created_at_id").on(t.createdAt, t.id),
    index("sessions_last_seen_at_id").on(t.lastSeenAt, t.id),
    index("sessions_expires_at_id").on(t.expiresAt, t.id),
    index("sessions_ip_address_id").on(t.ipAddress, t.id),
    index("sessions_revoked_at_id").on(neverFirst(t.revokedAt), t.id),
    trigram("sessions_user_agent_trgm", t.userAgent),
  ],
);

/** Rotated in place: one row per session, its `generation` grows. Only the authority reads `token_hash`. */
export const refreshTokens = pgTable(
  "refresh_tokens",
  {
    id: id(),
    sessionId: uuid("session_id")
      .notNull()
      .unique()
      .references(() => sessions.id, { onDelete: "cascade" }),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    generation: integer("generation").notNull().default(1),
    /** SHA-256 of the token that is valid now, hex. */
    tokenHash: char("token_hash", { length: 64 }).notNull(),
    expiresAt: moment("expires_at").notNull(),
    rotatedAt: moment("rotated_at"),
    /** When an access token of this generation was first seen. */
    confirmedAt: moment("confirmed_at"),
    revokedAt: moment("revoked_at"),
    ...timestamps(),
  },
  (t) => [index("refresh_tokens_user_id").on(t.userId)],
);

/** Monthly partitions, written in batches off the request path. */
export const sessionActivity = pgTable(
  "session_activity",
  {
    id: uuid("id").notNull().defaultRandom(),
    sessionId: uuid("session_id").references(() => sessions.id, { onDelete: "cascade" }),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    activityType: sessionActivityType("activity_type").notNull(),
    path: text("path"),
    method: text("method"),
    statusCode: smallint("status_code"),
    durationMs: integer("duration_ms"),
    requestMetadata: jsonb("request_metadata").$type<Record<string, unknown>>().notNull().default({}),
    responseMetadata: jsonb("response_metadata").$type<Record<string, unknown>>().notNull().default({}),
    ipAddress: inet("ip_address"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.id, t.createdAt] }),
    index("session_activity_session_id_created_at").on(t.sessionId, t.createdAt),
    index("session_activity_user_id_created_at").on(t.userId, t.createdAt),
    index("session_activity_created_at_id").on(t.createdAt, t.id),
  ],
);

export const sessionSecurityEvents = pgTable(
  "session_security_events",
  {
    id: id(),
    sessionId: uuid("session_id").references(() => sessions.id, { onDelete: "cascade" }),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    eventType: text("event_type").notNull(),
    severity: severity("severity").notNull().default("low"),
    details: jsonb("details").$type<Record<string, unknown>>().notNull().default({}),
    ipAddress: inet("ip_address"),
    resolvedAt: moment("resolved_at"),
    resolvedBy: uuid("resolved_by").references(() => users.id),
    resolutionNote: text("resolution_note"),
    createdAt: createdAt(),
  },
  (t) => [
    index("session_security_events_session_id").on(t.sessionId),
    index("session_security_events_user_id_created_at").on(t.userId, t.createdAt),
    index("session_security_events_resolved_by").on(t.resolvedBy),
    index("session_security_events_created_at_id").on(t.createdAt, t.id),
  ],
);
