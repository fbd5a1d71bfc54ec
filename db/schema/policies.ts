import { sql } from "drizzle-orm";
import {
  boolean,
  char,
  check,
  cidr,
  index,
  inet,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { id, moment, timestamps, trigram } from "../columns";
import {
  itemFailureActions,
  itemRemovalActions,
  networkProtocols,
  policyEffects,
  policyItemModes,
  policyItemTypes,
  policyRevisionStatuses,
  policyTargetTypes,
  policyTestSources,
  rolloutStatuses,
} from "../enums";
import { entities } from "./entities";
import { users } from "./identity";

export const policyEffect = pgEnum("policy_effect", policyEffects);
export const policyRevisionStatus = pgEnum("policy_revision_status", policyRevisionStatuses);
export const policyItemType = pgEnum("policy_item_type", policyItemTypes);
export const policyItemMode = pgEnum("policy_item_mode", policyItemModes);
export const itemFailureAction = pgEnum("item_failure_action", itemFailureActions);
export const itemRemovalAction = pgEnum("item_removal_action", itemRemovalActions);
export const policyTargetType = pgEnum("policy_target_type", policyTargetTypes);
export const rolloutStatus = pgEnum("rollout_status", rolloutStatuses);
export const networkProtocol = pgEnum("network_protocol", networkProtocols);
export const policyTestSource = pgEnum("policy_test_source", policyTestSources);

/** Items configure devices, destinations open the network. Priority 0 comes first. */
export const policies = pgTable(
  "policies",
  {
    id: id(),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    priority: integer("priority").notNull().default(100),
    effect: policyEffect("effect").notNull().default("allow"),
    isActive: boolean("is_active").notNull().default(true),
    fullTunnel: boolean("full_tunnel").notNull().default(false),
    /** No foreign key, so that history survives whatever happens to the account. */
    createdBy: uuid("created_by"),
    startsAt: moment("starts_at"),
    endsAt: moment("ends_at"),
    deletedAt: moment("deleted_at"),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("policies_name").on(t.name).where(sql`deleted_at is null`),
    check("policies_priority", sql`${t.priority} >= 0`),
    check("policies_full_tunnel_allows", sql`not ${t.fullTunnel} or ${t.effect} = 'allow'`),
    check("policies_window", sql`${t.endsAt} > ${t.startsAt}`),
    index("policies_priority_id").on(t.priority, t.id),
    index("policies_created_at_id").on(t.createdAt, t.id),
    trigram("policies_name_trgm", t.name),
  ],
);

/** Immutable once published; edits touch the one draft. */
export const policyRevisions = pgTable(
  "policy_revisions",
  {
    id: id(),
    policyId: uuid("policy_id")
      .notNull()
      .references(() => policies.id, { onDelete: "cascade" }),
    number: integer("number").notNull(),
    status: policyRevisionStatus("status").notNull().default("draft"),
    publishedBy: uuid("published_by").references(() => users.id),
    publishedAt: moment("published_at"),
    note: text("note").notNull().default(""),
    sha256: char("sha256", { length: 64 }),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("policy_revisions_policy_id_number").on(t.policyId, t.number),
    uniqueIndex("policy_revisions_one_draft").on(t.policyId).where(sql`status = 'draft'`),
    uniqueIndex("policy_revisions_one_published").on(t.policyId).where(sql`status = 'published'`),
    check("policy_revisions_published", sql`(${t.status} = 'draft') = (${t.publishedAt} is null)`),
    index("policy_revisions_published_by").on(t.publishedBy),
  ],
);

export const policyItems = pgTable(
  "policy_items",
  {
    id: id(),
    policyId: uuid("policy_id")
      .notNull()
      .references(() => policies.id, { onDelete: "cascade" }),
    revisionId: uuid("revision_id")
      .notNull()
      .references(() => policyRevisions.id, { onDelete: "cascade" }),
    position: integer("position").notNull(),
    type: policyItemType("type").notNull(),
    /** The natural identity, such as `file:/etc/motd`: items of the same key compete. */
    itemKey: text("item_key").notNull(),
    data: jsonb("data").$type<Record<string, unknown>>().notNull(),
    name: text("name"),
    isEnabled: boolean("is_enabled").notNull().default(true),
    mode: policyItemMode("mode").notNull().default("enforce"),
    appliesWhen: jsonb("applies_when").$type<Record<string, unknown>>().notNull().default({}),
    requires: text("requires").array().notNull().default(sql`'{}'::text[]`),
    notifies: text("notifies").array().notNull().default(sql`'{}'::text[]`),
    retries: integer("retries").notNull().default(1),
    retryDelayS: integer("retry_delay_s").notNull().default(10),
    timeoutS: integer("timeout_s").notNull().default(120),
    onFailure: itemFailureAction("on_failure").notNull().default("continue"),
    onRemove: itemRemovalAction("on_remove").notNull().default("leave"),
    isSensitive: boolean("is_sensitive").notNull().default(false),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("policy_items_revision_id_position").on(t.revisionId, t.position),
    uniqueIndex("policy_items_revision_id_item_key").on(t.revisionId, t.itemKey),
    check("policy_items_retries", sql`${t.retries} between 0 and 5`),
    check("policy_items_retry_delay", sql`${t.retryDelayS} between 1 and 600`),
    check("policy_items_timeout", sql`${t.timeoutS} between 1 and 3600`),
    index("policy_items_policy_id").on(t.policyId),
  ],
);

/** Whom a policy is for. `target_id` is a user, device, group or tag, by `target_type`; `all` has none. */
export const policyTargets = pgTable(
  "policy_targets",
  {
    id: id(),
    policyId: uuid("policy_id")
      .notNull()
      .references(() => policies.id, { onDelete: "cascade" }),
    targetType: policyTargetType("target_type").notNull(),
    targetId: uuid("target_id"),
    isExcluded: boolean("is_excluded").notNull().default(false),
    ...timestamps(),
  },
  (t) => [
    unique("policy_targets_policy_id_target").on(t.policyId, t.targetType, t.targetId).nullsNotDistinct(),
    check("policy_targets_target_id", sql`(${t.targetType} = 'all') = (${t.targetId} is null)`),
    index("policy_targets_target_type_target_id").on(t.targetType, t.targetId),
  ],
);

export const policyDestinations = pgTable(
  "policy_destinations",
  {
    id: id(),
    policyId: uuid("policy_id")
      .notNull()
      .references(() => policies.id, { onDelete: "cascade" }),
    destination: cidr("destination").notNull(),
    protocol: networkProtocol("protocol").notNull().default("any"),
    portFrom: integer("port_from"),
    portTo: integer("port_to"),
    description: text("description").notNull().default(""),
    /** What the destination is called, when it is a registered thing. */
    entityId: uuid("entity_id").references(() => entities.id),
    ...timestamps(),
  },
  (t) => [
    check(
      "policy_destinations_ports",
      sql`(${t.portFrom} is null) = (${t.portTo} is null) and (${t.portFrom} is null or (${t.protocol} in ('tcp', 'udp') and ${t.portFrom} between 1 and ${t.portTo} and ${t.portTo} <= 65535))`,
    ),
    check("policy_destinations_not_mapped", sql`not ${t.destination} <<= '::ffff:0.0.0.0/96'::inet`),
    index("policy_destinations_policy_id").on(t.policyId),
    index("policy_destinations_entity_id").on(t.entityId),
    index("policy_destinations_destination").using("gist", t.destination.op("inet_ops")),
  ],
);

export const policyRollouts = pgTable(
  "policy_rollouts",
  {
    id: id(),
    policyId: uuid("policy_id")
      .notNull()
      .references(() => policies.id, { onDelete: "cascade" }),
    revisionId: uuid("revision_id")
      .notNull()
      .references(() => policyRevisions.id, { onDelete: "cascade" }),
    previousRevisionId: uuid("previous_revision_id").references(() => policyRevisions.id, { onDelete: "set null" }),
    status: rolloutStatus("status").notNull().default("draft"),
    /** `{ tagId | percent, soakS, minReported, maxFailedPct, maxFailedAbs }[]` */
    stages: jsonb("stages").$type<Record<string, unknown>[]>().notNull().default([]),
    currentStage: integer("current_stage").notNull().default(0),
    stageStartedAt: moment("stage_started_at"),
    isAutoRollback: boolean("is_auto_rollback").notNull().default(false),
    pausedReason: text("paused_reason"),
    startedBy: uuid("started_by").references(() => users.id),
    startedAt: moment("started_at"),
    finishedAt: moment("finished_at"),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("policy_rollouts_one_live").on(t.policyId).where(sql`status in ('running', 'paused')`),
    index("policy_rollouts_policy_id").on(t.policyId),
    index("policy_rollouts_revision_id").on(t.revisionId),
    index("policy_rollouts_previous_revision_id").on(t.previousRevisionId),
    index("policy_rollouts_started_by").on(t.startedBy),
  ],
);

/** What must stay reachable or unreachable; run at every save of a policy. */
export const policyTests = pgTable(
  "policy_tests",
  {
    id: id(),
    name: text("name").notNull(),
    sourceType: policyTestSource("source_type").notNull(),
    sourceId: uuid("source_id").notNull(),
    destination: inet("destination").notNull(),
    protocol: networkProtocol("protocol").notNull().default("any"),
    port: integer("port"),
    expect: policyEffect("expect").notNull(),
    isActive: boolean("is_active").notNull().default(true),
    createdBy: uuid("created_by").references(() => users.id),
    ...timestamps(),
  },
  (t) => [
    check("policy_tests_port", sql`${t.port} between 1 and 65535`),
    index("policy_tests_created_by").on(t.createdBy),
  ],
);
