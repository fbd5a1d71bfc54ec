import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { createdAt, id, moment, timestamps } from "../columns";

/** One-time links that create the first administrator. `token_hash` is SHA-256, hex. */
export const setupTokens = pgTable("setup_tokens", {
  tokenHash: text("token_hash").primaryKey(),
  expiresAt: moment("expires_at").notNull(),
  usedAt: moment("used_at"),
  ...timestamps(),
});

/** The store of rate-limiter-flexible (its column names). Unlogged: after a crash budgets start afresh. */
export const rateLimits = pgTable(
  "rate_limits",
  {
    key: text("key").primaryKey(),
    points: integer("points").notNull().default(0),
    expire: bigint("expire", { mode: "number" }),
  },
  (t) => [index("rate_limits_expire").on(t.expire)],
);

/** Effects outside the database (mail, webhooks, wake-ups), written with the change that causes them. */
export const outbox = pgTable(
  "outbox",
  {
    id: id(),
    topic: text("topic").notNull(),
    payload: jsonb("payload").$type<Record<string, unknown>>().notNull().default({}),
    /** The person it is about, if any. */
    userId: uuid("user_id"),
    attempts: integer("attempts").notNull().default(0),
    /** Due from then on; while one process delivers it, when the others may. */
    availableAt: moment("available_at").notNull().defaultNow(),
    deliveredAt: moment("delivered_at"),
    /** When it was given up. */
    failedAt: moment("failed_at"),
    /** The kind of the last failure, never its words. */
    lastError: text("last_error"),
    createdAt: createdAt(),
  },
  (t) => [
    index("outbox_pending").on(t.availableAt).where(sql`delivered_at is null and failed_at is null`),
    index("outbox_delivered_at").on(t.deliveredAt),
    index("outbox_failed_at").on(t.failedAt).where(sql`failed_at is not null`),
  ],
);
