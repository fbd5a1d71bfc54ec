import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  cidr,
  index,
  integer,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { bytea, createdAt, id, moment, neverFirst, timestamps, trigram } from "../columns";
import { enrolmentTokenKinds, hardwareMatchActions } from "../enums";
import { groups } from "./access";
import { gateways } from "./gateways";
import { users } from "./identity";
import { tags } from "./tags";

export const enrolmentTokenKind = pgEnum("enrolment_token_kind", enrolmentTokenKinds);
export const hardwareMatchAction = pgEnum("hardware_match_action", hardwareMatchActions);

export const enrolmentTokens = pgTable(
  "enrolment_tokens",
  {
    id: id(),
    name: text("name").notNull(),
    kind: enrolmentTokenKind("kind").notNull().default("device"),
    /** HMAC-SHA-256 of the token's 16 hex letters under a pepper that is not in the database. */
    tokenHmac: bytea("token_hmac").notNull(),
    /** Which pepper, so that it can be rotated. */
    pepperId: text("pepper_id").notNull(),
    expiresAt: moment("expires_at").notNull(),
    usageLimit: integer("usage_limit").notNull().default(1),
    usageCurrent: integer("usage_current").notNull().default(0),
    requireApproval: boolean("require_approval").notNull().default(true),
    ownerUserId: uuid("owner_user_id").references(() => users.id),
    groupId: uuid("group_id").references(() => groups.id),
    /** The gateway a token of kind `gateway` enrols. */
    gatewayId: uuid("gateway_id").references(() => gateways.id),
    allowedCidrs: cidr("allowed_cidrs").array().notNull().default(sql`'{}'::cidr[]`),
    onHardwareMatch: hardwareMatchAction("on_hardware_match").notNull().default("create"),
    /** Devices of this token are collected this long after they were last heard of; null is never. */
    ephemeralTtlS: integer("ephemeral_ttl_s"),
    revokedAt: moment("revoked_at"),
    createdBy: uuid("created_by").references(() => users.id),
    lastUsedAt: moment("last_used_at"),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("enrolment_tokens_token_hmac").on(t.tokenHmac),
    check("enrolment_tokens_usage_within_limit", sql`${t.usageCurrent} <= ${t.usageLimit}`),
    check("enrolment_tokens_usage_positive", sql`${t.usageCurrent} >= 0 and ${t.usageLimit} between 1 and 1000`),
    check("enrolment_tokens_hmac_length", sql`octet_length(${t.tokenHmac}) = 32`),
    index("enrolment_tokens_owner_user_id").on(t.ownerUserId),
    index("enrolment_tokens_group_id").on(t.groupId),
    index("enrolment_tokens_gateway_id").on(t.gatewayId),
    index("enrolment_tokens_created_by").on(t.createdBy),
    index("enrolment_tokens_created_at_id").on(t.createdAt, t.id),
    index("enrolment_tokens_expires_at_id").on(t.expiresAt, t.id),
    index("enrolment_tokens_name_id").on(t.name, t.id),
    index("enrolment_tokens_usage_current_id").on(t.usageCurrent, t.id),
    index("enrolment_tokens_last_used_at_id").on(neverFirst(t.lastUsedAt), t.id),
    trigram("enrolment_tokens_name_trgm", t.name),
  ],
);

/** The tags a device gets when it enrols with the token, copied at that moment. */
export const enrolmentTokenTags = pgTable(
  "enrolment_token_tags",
  {
    enrolmentTokenId: uuid("enrolment_token_id")
      .notNull()
      .references(() => enrolmentTokens.id, { onDelete: "cascade" }),
    tagId: uuid("tag_id")
      .notNull()
      .references(() => tags.id, { onDelete: "cascade" }),
    createdAt: createdAt(),
  },
  (t) => [primaryKey({ columns: [t.enrolmentTokenId, t.tagId] }), index("enrolment_token_tags_tag_id").on(t.tagId)],
);
