import { and, eq, exists, gt, ilike, inArray, isNull, or, type SQL, sql } from "drizzle-orm";
// Inside a subquery of a selected column, columns of the outer table are written out: Drizzle would leave their table off.
import { asText } from "@/db/columns";
import { passwordResetTokens, roles, setupTokens, userRoles, users } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one, type Search, type SortKey, searching } from "@/server/core/pagination";
import { type ListUsers, userDirection } from "./schema";

/** The database's clock, as a value to write. */
export const NOW = sql`now()`;

const roleNames = sql<
  string[]
>`coalesce((select array_agg(r.name order by r.name) from user_roles ur join roles r on r.id = ur.role_id where ur.user_id = users.id), '{}')`;
const activeSessions = sql<number>`(select count(*)::int from sessions s where s.user_id = users.id and s.revoked_at is null and s.idle_expires_at > now() and s.expires_at > now())`;
const deviceCount = sql<number>`(select count(*)::int from devices d where d.user_id = users.id and d.deleted_at is null)`;

const summary = {
  id: users.id,
  username: users.username,
  email: users.email,
  displayName: users.displayName,
  status: users.status,
  twoFactorEnabled: users.twoFactorEnabled,
  lastLoginAt: users.lastLoginAt,
  createdAt: users.createdAt,
  roles: roleNames,
  activeSessions,
  devices: deviceCount,
};

const sortKeys: Record<ListUsers["sort"], SortKey> = {
  username: { expression: users.username, type: "citext" },
  createdAt: { expression: users.createdAt, type: "timestamptz" },
  lastLoginAt: { expression: sql`coalesce(${users.lastLoginAt}, '-infinity'::timestamptz)`, type: "timestamptz" },
};

function matching({ q, status, role }: ListUsers, search: Search): SQL | undefined {
  const names = [asText(users.username), asText(users.email), users.displayName];
  return and(
    isNull(users.erasedAt),
    q ? searching(search, or(...names.map((name) => ilike(name, containing(q))))) : undefined,
    status ? eq(users.status, status) : undefined,
    role
      ? sql`exists (select 1 from user_roles ur join roles r on r.id = ur.role_id where ur.user_id = users.id and r.name = ${role})`
      : undefined,
  );
}

/** One page of users and how many match. */
export async function list(reader: Reader, filter: ListUsers) {
  const { where, orderBy, gatheredBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: sortKeys[filter.sort],
    id: { expression: users.id, type: "uuid" },
    direction: userDirection(filter),
  });
  const total = await countUpTo(reader, reader.select(one).from(users).where(matching(filter, "few")));
  const rows = reader
    .select({ ...summary, sortValue })
    .from(users)
    .where(and(matching(filter, total.totalIsExact ? "few" : "many"), where))
    .orderBy(filter.q && total.totalIsExact ? gatheredBy : orderBy)
    .limit(limit);
  return page(rows, total);
}

export async function get(reader: Reader | Tx, id: string) {
  const [user] = await reader.select(summary).from(users).where(eq(users.id, id));
  return user;
}

/**
 * The row, locked so that two administrators do not act on one user at once. Not "update", which would also wait for
 * whoever only refers to the user, such as a security event of a session that is about to end: a dead-lock.
 */
export async function lock(tx: Tx, id: string) {
  const [user] = await tx
    .select({
      id: users.id,
      username: users.username,
      email: users.email,
      displayName: users.displayName,
      status: users.status,
    })
    .from(users)
    .where(eq(users.id, id))
    .for("no key update");
  return user;
}

interface StoredCredentials extends Record<string, unknown> {
  id: string;
  status: string;
  passwordHash: string | null;
  checksum: string;
}

const credentialColumns = sql`user_id as "id", status, password_hash as "passwordHash", checksum`;

export async function credentialsOf(tx: Tx, userId: string): Promise<StoredCredentials | undefined> {
  const [user] = await tx.execute<StoredCredentials>(
    sql`select ${credentialColumns} from authority_credentials_of(${userId})`,
  );
  return user;
}

export async function hasPassword(tx: Tx, userId: string): Promise<boolean> {
  return Boolean((await credentialsOf(tx, userId))?.passwordHash);
}

/** Replaces the hash only if it is still the one that was verified; the alias keeps running sessions alive. */
export async function rehash(
  tx: Tx,
  id: string,
  { was, passwordHash }: { was: string; passwordHash: string },
): Promise<boolean> {
  const [row] = await tx.execute<{ replaced: boolean }>(
    sql`select authority_rehash(${id}, ${was}, ${passwordHash}) as replaced`,
  );
  return row?.replaced ?? false;
}

export async function insert(tx: Tx, values: typeof users.$inferInsert): Promise<string> {
  const [row] = await tx.insert(users).values(values).returning({ id: users.id });
  if (!row) throw new Error("The user was not inserted");
  return row.id;
}

type Change = Omit<Partial<typeof users.$inferInsert>, "securityStamp" | "deletedAt"> & {
  securityStamp?: SQL;
  deletedAt?: SQL;
};

export async function update(tx: Tx, id: string, values: Change): Promise<void> {
  await tx.update(users).set(values).where(eq(users.id, id));
}

/** One more on the security stamp: the checksum changes, and with it every session's right to exist. */
export async function renewStamp(tx: Tx, id: string): Promise<void> {
  await tx
    .update(users)
    .set({ securityStamp: sql`${users.securityStamp} + 1` })
    .where(eq(users.id, id));
}

export async function listRoles(reader: Reader) {
  return reader
    .select({ name: roles.name, description: roles.description, isSystem: roles.isSystem })
    .from(roles)
    .orderBy(roles.name);
}

export async function rolesOf(tx: Tx, userId: string): Promise<string[]> {
  const rows = await tx
    .select({ name: roles.name })
    .from(userRoles)
    .innerJoin(roles, eq(roles.id, userRoles.roleId))
    .where(eq(userRoles.userId, userId))
    .orderBy(roles.name);
  return rows.map(({ name }) => name);
}

export async function roleIds(tx: Tx, names: readonly string[]): Promise<Map<string, string>> {
  if (names.length === 0) return new Map();
  const rows = await tx
    .select({ id: roles.id, name: roles.name })
    .from(roles)
    .where(inArray(roles.name, [...names]));
  return new Map(rows.map(({ id, name }) => [name, id]));
}

export async function addRoles(
  tx: Tx,
  userId: string,
  { ids, by }: { ids: string[]; by: string | null },
): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .insert(userRoles)
    .values(ids.map((roleId) => ({ userId, roleId, assignedBy: by })))
    .onConflictDoNothing();
}

export async function removeRoles(tx: Tx, userId: string, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.delete(userRoles).where(and(eq(userRoles.userId, userId), inArray(userRoles.roleId, ids)));
}

/** Serialises everything that could take the last administrator away. Held until the transaction ends. */
export async function lockAdmins(tx: Tx): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('keyward.admins'))`);
}

/** Whether an active administrator other than this user exists. */
export async function hasOtherAdmin(tx: Tx, userId: string): Promise<boolean> {
  const [row] = await tx
    .select({ id: users.id })
    .from(users)
    .where(
      and(
        eq(users.status, "active"),
        sql`${users.id} <> ${userId}`,
        exists(
          tx
            .select({ one: sql`1` })
            .from(userRoles)
            .innerJoin(roles, eq(roles.id, userRoles.roleId))
            .where(and(eq(userRoles.userId, users.id), eq(roles.name, "admin"))),
        ),
      ),
    )
    .limit(1);
  return row !== undefined;
}

export async function anyUser(reader: Reader | Tx): Promise<boolean> {
  const rows = await reader.select({ id: users.id }).from(users).limit(1);
  return rows.length > 0;
}

export async function insertPasswordToken(tx: Tx, values: typeof passwordResetTokens.$inferInsert): Promise<void> {
  await tx
    .update(passwordResetTokens)
    .set({ usedAt: sql`now()` })
    .where(and(eq(passwordResetTokens.userId, values.userId), isNull(passwordResetTokens.usedAt)));
  await tx.insert(passwordResetTokens).values(values);
}

/** Uses the token up, if it can still be used: one statement, one winner. */
export async function consumePasswordToken(tx: Tx, tokenHash: string) {
  const [row] = await tx
    .update(passwordResetTokens)
    .set({ usedAt: sql`now()` })
    .where(
      and(
        eq(passwordResetTokens.tokenHash, tokenHash),
        isNull(passwordResetTokens.usedAt),
        gt(passwordResetTokens.expiresAt, sql`now()`),
      ),
    )
    .returning({ userId: passwordResetTokens.userId, issuedBy: passwordResetTokens.issuedBy });
  return row;
}

export async function replaceSetupToken(tx: Tx, values: typeof setupTokens.$inferInsert): Promise<void> {
  await tx.delete(setupTokens);
  await tx.insert(setupTokens).values(values);
}

export async function consumeSetupToken(tx: Tx, tokenHash: string): Promise<boolean> {
  const rows = await tx
    .update(setupTokens)
    .set({ usedAt: sql`now()` })
    .where(and(eq(setupTokens.tokenHash, tokenHash), isNull(setupTokens.usedAt), gt(setupTokens.expiresAt, sql`now()`)))
    .returning({ tokenHash: setupTokens.tokenHash });
  return rows.length > 0;
}
