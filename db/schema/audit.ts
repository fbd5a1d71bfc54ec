import {
  bigint,
  index,
  inet,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea, createdAt, id, trigram } from "../columns";
import { actorKinds, auditSources, auditStatuses } from "../enums";

export const actorKind = pgEnum("actor_kind", actorKinds);
export const auditStatus = pgEnum("audit_status", auditStatuses);
export const auditSource = pgEnum("audit_source", auditSources);

/**
 * Insert only, for everybody (triggers), in monthly partitions. Ids are bare: the trail outlives what it speaks of.
 * `actor_user_id` acted, `user_id` is the person it happened to; each sees the row in the `self` scope.
 */
export const auditLogs = pgTable(
  "audit_logs",
  {
    id: uuid("id").notNull().defaultRandom(),
    sequence: bigint("sequence", { mode: "number" }).notNull().generatedAlwaysAsIdentity(),
    actorUserId: uuid("actor_user_id"),
    userId: uuid("user_id"),
    actorDeviceId: uuid("actor_device_id"),
    actorKind: actorKind("actor_kind").notNull(),
    /** The user an impersonator, or a program, acted for. */
    onBehalfOf: uuid("on_behalf_of"),
    sessionId: uuid("session_id"),
    eventType: text("event_type").notNull(),
    action: text("action").notNull(),
    entityType: text("entity_type"),
    entityId: text("entity_id"),
    status: auditStatus("status").notNull().default("success"),
    ipAddress: inet("ip_address"),
    userAgent: text("user_agent"),
    source: auditSource("source").notNull(),
    message: text("message"),
    /** `{ before, after }` of the fields that changed. */
    changes: jsonb("changes").$type<{ before?: Record<string, unknown>; after?: Record<string, unknown> }>(),
    metadata: jsonb("metadata").$type<Record<string, unknown>>().notNull().default({}),
    requestId: text("request_id"),
    /** The row's Merkle leaf. */
    leaf: bytea("leaf"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.id, t.createdAt] }),
    index("audit_logs_created_at_id").on(t.createdAt, t.id),
    index("audit_logs_sequence").on(t.sequence),
    index("audit_logs_event_type_created_at").on(t.eventType, t.createdAt, t.id),
    index("audit_logs_actor_user_id_created_at").on(t.actorUserId, t.createdAt, t.id),
    index("audit_logs_user_id_created_at").on(t.userId, t.createdAt, t.id),
    index("audit_logs_actor_device_id_created_at").on(t.actorDeviceId, t.createdAt),
    index("audit_logs_entity_created_at").on(t.entityType, t.entityId, t.createdAt, t.id),
    index("audit_logs_entity_id_created_at").on(t.entityId, t.createdAt, t.id),
    index("audit_logs_ip_address").on(t.ipAddress),
    index("audit_logs_request_id").on(t.requestId),
    trigram("audit_logs_message_trgm", t.message),
  ],
);

/** One Merkle root per batch of rows, each chained to the one before. */
export const auditSeals = pgTable(
  "audit_seals",
  {
    id: id(),
    number: bigint("number", { mode: "number" }).notNull().unique(),
    firstSequence: bigint("first_sequence", { mode: "number" }).notNull(),
    lastSequence: bigint("last_sequence", { mode: "number" }).notNull(),
    leafCount: integer("leaf_count").notNull(),
    root: bytea("root").notNull(),
    previousHash: bytea("previous_hash"),
    hash: bytea("hash").notNull().unique(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex("audit_seals_last_sequence").on(t.lastSequence)],
);

/** Signed notes over the chain, to be kept by somebody else. */
export const auditCheckpoints = pgTable(
  "audit_checkpoints",
  {
    id: id(),
    sealId: uuid("seal_id")
      .notNull()
      .references(() => auditSeals.id),
    treeSize: bigint("tree_size", { mode: "number" }).notNull(),
    keyId: text("key_id").notNull(),
    note: text("note").notNull(),
    createdAt: createdAt(),
  },
  (t) => [index("audit_checkpoints_seal_id").on(t.sealId)],
);
