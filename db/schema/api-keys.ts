import { sql } from "drizzle-orm";
import { type AnyPgColumn, boolean, char, check, index, inet, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { id, moment, timestamps, trigram } from "../columns";
import { users } from "./identity";

/**
 * Keys of programs. `key_hash` is read by `authority_api_key` only: select named columns.
 * What a key may do is its scopes ∩ its owner's permissions of the moment.
 */
export const apiKeys = pgTable(
  "api_keys",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    /** The public part, by which a presented key is looked up. */
    keyPrefix: text("key_prefix").notNull().unique(),
    /** SHA-256 of the whole key, hex. */
    keyHash: char("key_hash", { length: 64 }).notNull().unique(),
    scopes: text("scopes").array().notNull().default(sql`'{}'::text[]`),
    expiresAt: moment("expires_at"),
    lastUsedAt: moment("last_used_at"),
    lastUsedIp: inet("last_used_ip"),
    isActive: boolean("is_active").notNull().default(true),
    rotatedFrom: uuid("rotated_from").references((): AnyPgColumn => apiKeys.id),
    ...timestamps(),
  },
  (t) => [
    check("api_keys_key_hash_length", sql`${t.keyHash} ~ '^[0-9a-f]{64}$'`),
    index("api_keys_user_id").on(t.userId),
    index("api_keys_rotated_from").on(t.rotatedFrom),
    index("api_keys_created_at_id").on(t.createdAt, t.id),
    trigram("api_keys_name_trgm", t.name),
  ],
);
