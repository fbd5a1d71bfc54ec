import { sql } from "drizzle-orm";
import { boolean, index, jsonb, pgEnum, pgTable, text, time, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { id, moment, timestamps } from "../columns";
import { notificationChannels, notificationFrequencies, notificationPriorities } from "../enums";
import { users } from "./identity";

export const notificationPriority = pgEnum("notification_priority", notificationPriorities);
export const notificationChannel = pgEnum("notification_channel", notificationChannels);
export const notificationFrequency = pgEnum("notification_frequency", notificationFrequencies);

export const notifications = pgTable(
  "notifications",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    type: text("type").notNull(),
    title: text("title").notNull(),
    message: text("message").notNull().default(""),
    actionUrl: text("action_url"),
    metadata: jsonb("metadata").$type<Record<string, unknown>>().notNull().default({}),
    priority: notificationPriority("priority").notNull().default("normal"),
    readAt: moment("read_at"),
    archivedAt: moment("archived_at"),
    expiresAt: moment("expires_at"),
    ...timestamps(),
  },
  (t) => [
    index("notifications_user_id_created_at_id").on(t.userId, t.createdAt, t.id),
    index("notifications_unread").on(t.userId).where(sql`read_at is null and archived_at is null`),
    index("notifications_expires_at").on(t.expiresAt),
  ],
);

export const notificationPreferences = pgTable(
  "notification_preferences",
  {
    id: id(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    notificationType: text("notification_type").notNull(),
    channel: notificationChannel("channel").notNull(),
    isEnabled: boolean("is_enabled").notNull().default(true),
    frequency: notificationFrequency("frequency").notNull().default("immediate"),
    quietHoursStart: time("quiet_hours_start"),
    quietHoursEnd: time("quiet_hours_end"),
    quietHoursTimezone: text("quiet_hours_timezone"),
    ...timestamps(),
  },
  (t) => [uniqueIndex("notification_preferences_user_id_type_channel").on(t.userId, t.notificationType, t.channel)],
);
