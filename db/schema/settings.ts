import { boolean, index, jsonb, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { id, timestamps } from "../columns";
import { users } from "./identity";
import { settingDataType } from "./preferences";

/** The truth about settings; the views `settings` and `system_properties` read it. */
export const systemSettings = pgTable(
  "system_settings",
  {
    id: id(),
    category: text("category").notNull(),
    key: text("key").notNull(),
    value: jsonb("value").$type<unknown>(),
    dataType: settingDataType("data_type").notNull().default("string"),
    description: text("description").notNull().default(""),
    isPublic: boolean("is_public").notNull().default(false),
    requiresRestart: boolean("requires_restart").notNull().default(false),
    updatedBy: uuid("updated_by").references(() => users.id),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("system_settings_category_key").on(t.category, t.key),
    index("system_settings_updated_by").on(t.updatedBy),
  ],
);

export const settingTemplates = pgTable(
  "setting_templates",
  {
    id: id(),
    category: text("category").notNull(),
    key: text("key").notNull(),
    defaultValue: jsonb("default_value").$type<unknown>(),
    dataType: settingDataType("data_type").notNull().default("string"),
    /** JSON Schema of the value. */
    validationSchema: jsonb("validation_schema").$type<Record<string, unknown>>().notNull().default({}),
    isUserConfigurable: boolean("is_user_configurable").notNull().default(false),
    description: text("description").notNull().default(""),
    ...timestamps(),
  },
  (t) => [uniqueIndex("setting_templates_category_key").on(t.category, t.key)],
);
