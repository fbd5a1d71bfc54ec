import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { createdAt, id, timestamps } from "../columns";
import { colourSchemes, navigationItemTypes, settingDataTypes } from "../enums";
import { permissions } from "./access";
import { users } from "./identity";

export const colourScheme = pgEnum("colour_scheme", colourSchemes);
export const navigationItemType = pgEnum("navigation_item_type", navigationItemTypes);
export const settingDataType = pgEnum("setting_data_type", settingDataTypes);

type Json = Record<string, unknown>;

export const themes = pgTable(
  "themes",
  {
    id: id(),
    name: text("name").notNull().unique(),
    description: text("description").notNull().default(""),
    previewImageUrl: text("preview_image_url"),
    colorPalette: jsonb("color_palette").$type<Record<string, string>>().notNull().default({}),
    cssVariables: jsonb("css_variables").$type<Record<string, string>>().notNull().default({}),
    isDefault: boolean("is_default").notNull().default(false),
    isActive: boolean("is_active").notNull().default(true),
    ...timestamps(),
  },
  (t) => [uniqueIndex("themes_one_default").on(t.isDefault).where(sql`is_default`)],
);

export const userPreferences = pgTable(
  "user_preferences",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .unique()
      .references(() => users.id),
    themeId: uuid("theme_id").references(() => themes.id, { onDelete: "set null" }),
    theme: text("theme"),
    scheme: colourScheme("scheme").notNull().default("system"),
    layout: text("layout"),
    language: text("language"),
    timezone: text("timezone"),
    dateFormat: text("date_format"),
    timeFormat: text("time_format"),
    navigationCollapsed: boolean("navigation_collapsed").notNull().default(false),
    navigationType: text("navigation_type"),
    navigationPosition: text("navigation_position"),
    notifications: jsonb("notifications").$type<Json>().notNull().default({}),
    privacy: jsonb("privacy").$type<Json>().notNull().default({}),
    accessibility: jsonb("accessibility").$type<Json>().notNull().default({}),
    performance: jsonb("performance").$type<Json>().notNull().default({}),
    ...timestamps(),
  },
  (t) => [index("user_preferences_theme_id").on(t.themeId)],
);

export const userSettings = pgTable(
  "user_settings",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    category: text("category").notNull(),
    key: text("key").notNull(),
    value: jsonb("value").$type<unknown>(),
    dataType: settingDataType("data_type").notNull().default("json"),
    ...timestamps(),
  },
  (t) => [uniqueIndex("user_settings_user_id_category_key").on(t.userId, t.category, t.key)],
);

export const navigationItems = pgTable(
  "navigation_items",
  {
    id: id(),
    parentId: uuid("parent_id").references((): AnyPgColumn => navigationItems.id, { onDelete: "cascade" }),
    key: text("key").notNull().unique(),
    title: text("title").notNull(),
    type: navigationItemType("type").notNull().default("item"),
    /** A lucide icon name. */
    icon: text("icon"),
    href: text("href"),
    badgeTitle: text("badge_title"),
    badgeClasses: text("badge_classes"),
    badgeVariant: text("badge_variant"),
    visibleDefault: boolean("visible_default").notNull().default(true),
    visibleCompact: boolean("visible_compact").notNull().default(true),
    visibleHorizontal: boolean("visible_horizontal").notNull().default(true),
    visibleMobile: boolean("visible_mobile").notNull().default(true),
    sortOrder: integer("sort_order").notNull().default(0),
    metadata: jsonb("metadata").$type<Json>().notNull().default({}),
    isActive: boolean("is_active").notNull().default(true),
    ...timestamps(),
  },
  (t) => [index("navigation_items_parent_id_sort_order").on(t.parentId, t.sortOrder)],
);

/** Any one of an item's permissions shows it; an item without any is for everybody. */
export const navigationPermissions = pgTable(
  "navigation_permissions",
  {
    navigationItemId: uuid("navigation_item_id")
      .notNull()
      .references(() => navigationItems.id, { onDelete: "cascade" }),
    permissionId: uuid("permission_id")
      .notNull()
      .references(() => permissions.id, { onDelete: "cascade" }),
  },
  (t) => [
    primaryKey({ columns: [t.navigationItemId, t.permissionId] }),
    index("navigation_permissions_permission_id").on(t.permissionId),
  ],
);

export const userNavigationPreferences = pgTable(
  "user_navigation_preferences",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    navigationItemId: uuid("navigation_item_id")
      .notNull()
      .references(() => navigationItems.id, { onDelete: "cascade" }),
    isHidden: boolean("is_hidden").notNull().default(false),
    isPinned: boolean("is_pinned").notNull().default(false),
    customOrder: integer("custom_order"),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("user_navigation_preferences_user_id_item").on(t.userId, t.navigationItemId),
    index("user_navigation_preferences_navigation_item_id").on(t.navigationItemId),
  ],
);

export const avatarFiles = pgTable(
  "avatar_files",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    originalFilename: text("original_filename").notNull(),
    mimeType: text("mime_type").notNull(),
    /** Bytes. */
    fileSize: bigint("file_size", { mode: "number" }).notNull(),
    storageBackend: text("storage_backend").notNull().default("local"),
    storagePath: text("storage_path").notNull(),
    thumbnails: jsonb("thumbnails").$type<Record<string, string>>().notNull().default({}),
    createdAt: createdAt(),
  },
  (t) => [index("avatar_files_user_id_created_at").on(t.userId, t.createdAt)],
);
