import { index, jsonb, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { id, moment, timestamps, trigram } from "../columns";
import { users } from "./identity";

/** Kinds of things an organisation registers: sites, servers, services. */
export const entityTypes = pgTable("entity_types", {
  id: id(),
  name: text("name").notNull().unique(),
  jsonSchema: jsonb("json_schema").$type<Record<string, unknown>>().notNull().default({}),
  ...timestamps(),
});

export const entities = pgTable(
  "entities",
  {
    id: id(),
    typeId: uuid("type_id")
      .notNull()
      .references(() => entityTypes.id),
    name: text("name").notNull(),
    attributes: jsonb("attributes").$type<Record<string, unknown>>().notNull().default({}),
    ownerUserId: uuid("owner_user_id").references(() => users.id),
    deletedAt: moment("deleted_at"),
    ...timestamps(),
  },
  (t) => [
    index("entities_type_id").on(t.typeId),
    index("entities_owner_user_id").on(t.ownerUserId),
    index("entities_created_at_id").on(t.createdAt, t.id),
    trigram("entities_name_trgm", t.name),
  ],
);
