import { eq, inArray, sql } from "drizzle-orm";
import { permissions, rolePermissions, roles, userRoles, users } from "@/db/schema";
import type { Tx } from "@/server/core/database";

const permissionName = sql<string>`${permissions.resource} || '.' || ${permissions.action}`;

/** Not "update", which would also wait for whoever only refers to the user. */
export async function lockUser(tx: Tx, userId: string) {
  const [user] = await tx
    .select({ id: users.id, username: users.username })
    .from(users)
    .where(eq(users.id, userId))
    .for("no key update");
  return user;
}

const allowed = (tx: Tx) =>
  tx
    .selectDistinct({ name: permissionName })
    .from(roles)
    .innerJoin(rolePermissions, eq(rolePermissions.roleId, roles.id))
    .innerJoin(permissions, eq(permissions.id, rolePermissions.permissionId));

/** What these roles allow together. */
export async function permissionsOfRoles(tx: Tx, names: readonly string[]): Promise<string[]> {
  const rows = await allowed(tx)
    .where(inArray(roles.name, [...names]))
    .orderBy(permissionName);
  return rows.map(({ name }) => name);
}

/** What a user's roles allow together. */
export async function permissionsOf(tx: Tx, userId: string): Promise<string[]> {
  const rows = await allowed(tx)
    .innerJoin(userRoles, eq(userRoles.roleId, roles.id))
    .where(eq(userRoles.userId, userId))
    .orderBy(permissionName);
  return rows.map(({ name }) => name);
}
