import {
  boolean,
  index,
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
import { createdAt, id, moment, timestamps } from "../columns";
import { itemOverrideKinds, itemStatuses, runModes } from "../enums";
import { devices } from "./devices";
import { users } from "./identity";
import { policies } from "./policies";

export const itemOverrideKind = pgEnum("item_override_kind", itemOverrideKinds);
export const itemStatus = pgEnum("item_status", itemStatuses);
export const runMode = pgEnum("run_mode", runModes);

const device = () =>
  uuid("device_id")
    .notNull()
    .references(() => devices.id, { onDelete: "cascade" });

export const deviceItemOverrides = pgTable(
  "device_item_overrides",
  {
    id: id(),
    deviceId: device(),
    policyId: uuid("policy_id").references(() => policies.id, { onDelete: "cascade" }),
    itemKey: text("item_key").notNull(),
    kind: itemOverrideKind("kind").notNull(),
    reason: text("reason").notNull(),
    expiresAt: moment("expires_at"),
    createdBy: uuid("created_by").references(() => users.id),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("device_item_overrides_device_id_item_key").on(t.deviceId, t.itemKey),
    index("device_item_overrides_policy_id").on(t.policyId),
    index("device_item_overrides_created_by").on(t.createdBy),
    index("device_item_overrides_expires_at").on(t.expiresAt),
  ],
);

/** The last word about each item of a device. No row for the present hash means pending. */
export const deviceItemStates = pgTable(
  "device_item_states",
  {
    deviceId: device(),
    itemKey: text("item_key").notNull(),
    itemHash: text("item_hash").notNull(),
    status: itemStatus("status").notNull(),
    /** It had been fine and was changed underneath. */
    corrective: boolean("corrective").notNull().default(false),
    /** Why it failed or was skipped. */
    errorClass: text("error_class"),
    message: text("message"),
    statusSince: moment("status_since").notNull().defaultNow(),
    lastCheckedAt: moment("last_checked_at").notNull().defaultNow(),
    firstFailedAt: moment("first_failed_at"),
    attempts: integer("attempts").notNull().default(0),
    /** A row of {@link deviceItemOutputs}, which may have been swept. */
    lastOutputId: uuid("last_output_id"),
    ...timestamps(),
  },
  (t) => [
    primaryKey({ columns: [t.deviceId, t.itemKey] }),
    index("device_item_states_item_key_status").on(t.itemKey, t.status),
    index("device_item_states_status").on(t.status),
  ],
);

/** Written when an item's status changes. */
export const deviceItemEvents = pgTable(
  "device_item_events",
  {
    id: id(),
    deviceId: device(),
    itemKey: text("item_key").notNull(),
    itemHash: text("item_hash").notNull(),
    /** A row of {@link deviceRuns}, which may have been swept. */
    runId: uuid("run_id"),
    previousStatus: itemStatus("previous_status"),
    status: itemStatus("status").notNull(),
    corrective: boolean("corrective").notNull().default(false),
    errorClass: text("error_class"),
    message: text("message"),
    createdAt: createdAt(),
  },
  (t) => [
    index("device_item_events_device_id_created_at").on(t.deviceId, t.createdAt, t.id),
    index("device_item_events_item_key_created_at").on(t.itemKey, t.createdAt),
    index("device_item_events_created_at").on(t.createdAt),
  ],
);

/** What an item printed and changed; swept after 14 days. */
export const deviceItemOutputs = pgTable(
  "device_item_outputs",
  {
    id: id(),
    deviceId: device(),
    runId: uuid("run_id"),
    itemKey: text("item_key").notNull(),
    exitCode: smallint("exit_code"),
    head: text("head").notNull().default(""),
    tail: text("tail").notNull().default(""),
    isTruncated: boolean("is_truncated").notNull().default(false),
    diff: text("diff"),
    createdAt: createdAt(),
  },
  (t) => [
    index("device_item_outputs_device_id_item_key").on(t.deviceId, t.itemKey, t.createdAt),
    index("device_item_outputs_created_at").on(t.createdAt),
  ],
);

/** Reports as they came in; monthly partitions. */
export const deviceRuns = pgTable(
  "device_runs",
  {
    id: uuid("id").notNull().defaultRandom(),
    deviceId: device(),
    reportId: uuid("report_id").notNull(),
    etag: text("etag"),
    mode: runMode("mode").notNull().default("enforce"),
    trigger: text("trigger"),
    startedAt: moment("started_at").notNull(),
    durationMs: integer("duration_ms").notNull().default(0),
    agentVersion: text("agent_version"),
    instanceId: text("instance_id"),
    summary: jsonb("summary").$type<Record<string, unknown>>().notNull().default({}),
    items: jsonb("items").$type<unknown[]>().notNull().default([]),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.id, t.createdAt] }),
    index("device_runs_device_id_created_at").on(t.deviceId, t.createdAt, t.id),
    index("device_runs_created_at_id").on(t.createdAt, t.id),
  ],
);

/** Which reports came in, so that a repeated one is known: a partitioned table cannot promise that. */
export const deviceReports = pgTable(
  "device_reports",
  { deviceId: device(), reportId: uuid("report_id").notNull(), createdAt: createdAt() },
  (t) => [primaryKey({ columns: [t.deviceId, t.reportId] }), index("device_reports_created_at").on(t.createdAt)],
);

/** Compiled desired state, shared by all devices whose documents are equal. */
export const desiredDocuments = pgTable("desired_documents", {
  hash: text("hash").primaryKey(),
  body: jsonb("body").$type<Record<string, unknown>>().notNull(),
  createdAt: createdAt(),
});
