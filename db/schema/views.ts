import { inet, integer, jsonb, pgView, text, uuid, varchar } from "drizzle-orm/pg-core";
import { citext, moment } from "../columns";

/** Memberships with their group's name. */
export const userGroups = pgView("user_groups", {
  userId: uuid("user_id").notNull(),
  groupId: uuid("group_id").notNull(),
  groupName: citext("group_name").notNull(),
  createdAt: moment("created_at").notNull(),
  createdBy: uuid("created_by"),
}).existing();

/** Sessions without their secrets, with `status` active, expired or revoked. */
export const userSessions = pgView("user_sessions", {
  id: uuid("id").notNull(),
  userId: uuid("user_id").notNull(),
  status: text("status").$type<"active" | "expired" | "revoked">().notNull(),
  ipAddress: inet("ip_address"),
  userAgent: text("user_agent"),
  deviceType: text("device_type"),
  deviceName: text("device_name"),
  country: text("country"),
  city: text("city"),
  activityCount: integer("activity_count").notNull(),
  createdAt: moment("created_at").notNull(),
  lastActivityAt: moment("last_activity_at").notNull(),
  expiresAt: moment("expires_at").notNull(),
}).existing();

export const settings = pgView("settings", {
  id: uuid("id").notNull(),
  category: text("category").notNull(),
  key: text("key").notNull(),
  value: jsonb("value").$type<unknown>(),
  createdAt: moment("created_at").notNull(),
  updatedAt: moment("updated_at").notNull(),
}).existing();

/** `system_settings` as text, under `category.key`; writable. */
export const systemProperties = pgView("system_properties", {
  key: varchar("key", { length: 50 }).notNull(),
  value: text("value"),
}).existing();
