import { boolean, index, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { citext, id, timestamps, trigram } from "../columns";

export const tags = pgTable(
  "tags",
  {
    id: id(),
    name: citext("name").notNull().unique(),
    color: text("color").notNull().default("#64748b"),
    description: text("description").notNull().default(""),
    /** A condition over device facts, for tags that devices get by themselves. */
    rule: jsonb("rule").$type<Record<string, unknown>>(),
    /** Facts are the device's own word: a tag that is not trusted must not grant secrets, network or certificates. */
    isTrusted: boolean("is_trusted").notNull().default(true),
    ...timestamps(),
  },
  (t) => [
    index("tags_name_id").on(t.name, t.id),
    index("tags_created_at_id").on(t.createdAt, t.id),
    index("tags_updated_at_id").on(t.updatedAt, t.id),
    index("tags_color_id").on(t.color, t.id),
    trigram("tags_name_trgm", t.name),
    trigram("tags_description_trgm", t.description),
  ],
);
