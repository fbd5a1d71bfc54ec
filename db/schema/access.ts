import { sql } from "drizzle-orm";
import { boolean, check, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { citext, createdAt, id, moment, timestamps, trigram } from "../columns";
import { users } from "./identity";

/** System roles cannot be renamed or deleted (trigger). */
export const roles = pgTable("roles", {
  id: id(),
  name: text("name").notNull().unique(),
  description: text("description").notNull().default(""),
  isSystem: boolean("is_system").notNull().default(false),
  /** What `role_permissions` says, comma-separated; kept by triggers, read at every request. */
  permissionList: text("permission_list").notNull().default(""),
  ...timestamps(),
});

/** A copy of the code's catalogue, written by the seed; `resource.action` is the permission's name there. */
export const permissions = pgTable(
  "permissions",
  {
    id: id(),
    resource: text("resource").notNull(),
    action: text("action").notNull(),
    description: text("description").notNull().default(""),
    ...timestamps(),
  },
  (t) => [uniqueIndex("permissions_resource_action").on(t.resource, t.action)],
);

export const rolePermissions = pgTable(
  "role_permissions",
  {
    roleId: uuid("role_id")
      .notNull()
      .references(() => roles.id, { onDelete: "cascade" }),
    permissionId: uuid("permission_id")
      .notNull()
      .references(() => permissions.id, { onDelete: "cascade" }),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.roleId, t.permissionId] }),
    index("role_permissions_permission_id").on(t.permissionId),
  ],
);

export const userRoles = pgTable(
  "user_roles",
  {
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    roleId: uuid("role_id")
      .notNull()
      .references(() => roles.id),
    assignedAt: moment("assigned_at").notNull().defaultNow(),
    assignedBy: uuid("assigned_by").references(() => users.id),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.roleId] }),
    index("user_roles_role_id").on(t.roleId),
    index("user_roles_assigned_by").on(t.assignedBy),
  ],
);

/** The system group `users` holds everyone: nobody leaves it and it cannot be changed (triggers). */
export const groups = pgTable(
  "groups",
  {
    id: id(),
    name: citext("name").notNull(),
    description: text("description").notNull().default(""),
    isSystem: boolean("is_system").notNull().default(false),
    /** How many devices each member may have; null is no say in it. The largest of a user's groups counts. */
    deviceLimit: integer("device_limit"),
    updatedBy: uuid("updated_by").references(() => users.id),
    deletedAt: moment("deleted_at"),
    ...timestamps(),
  },
  (t) => [
    uniqueIndex("groups_name").on(t.name).where(sql`deleted_at is null`),
    check("groups_device_limit", sql`${t.deviceLimit} between 0 and 1000`),
    index("groups_updated_by").on(t.updatedBy),
    index("groups_created_at_id").on(t.createdAt, t.id),
    trigram("groups_name_trgm", t.name),
  ],
);

export const groupMemberships = pgTable(
  "group_memberships",
  {
    groupId: uuid("group_id")
      .notNull()
      .references(() => groups.id),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    createdBy: uuid("created_by").references(() => users.id),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.groupId, t.userId] }),
    index("group_memberships_user_id").on(t.userId),
    index("group_memberships_created_by").on(t.createdBy),
  ],
);
