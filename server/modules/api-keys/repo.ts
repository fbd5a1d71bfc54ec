import { and, eq, type SQL, sql } from "drizzle-orm";
import { apiKeys, users } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one } from "@/server/core/pagination";
import type { ListApiKeys } from "./schema";

const k = apiKeys;

const state = sql<
  "active" | "expired" | "revoked"
>`case when not ${k.isActive} then 'revoked' when ${k.expiresAt} > now() then 'active' else 'expired' end`;

/** Never all columns: the hash cannot be selected. */
const columns = {
  id: k.id,
  name: k.name,
  keyPrefix: k.keyPrefix,
  userId: k.userId,
  username: users.username,
  scopes: k.scopes,
  state,
  isRotated: sql<boolean>`exists (select 1 from api_keys successor where successor.rotated_from = api_keys.id)`,
  createdAt: k.createdAt,
  lastUsedAt: k.lastUsedAt,
  lastUsedIp: k.lastUsedIp,
  expiresAt: k.expiresAt,
};

function matching({ q, state: wanted, userId }: ListApiKeys): SQL | undefined {
  const text = q ? containing(q) : undefined;
  return and(
    userId ? eq(k.userId, userId) : undefined,
    wanted ? sql`${state} = ${wanted}` : undefined,
    text ? sql`(${k.name} ilike ${text} or ${k.keyPrefix} = ${q} or ${users.username}::text ilike ${text})` : undefined,
  );
}

const selected = (reader: Reader | Tx, sortValue: SQL<string>) =>
  reader
    .select({ ...columns, sortValue })
    .from(k)
    .innerJoin(users, eq(users.id, k.userId));

export async function list(reader: Reader, filter: ListApiKeys) {
  const { where, orderBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: { expression: k.createdAt, type: "timestamptz" },
    id: { expression: k.id, type: "uuid" },
  });
  const matched = matching(filter);
  const matches = reader.select(one).from(k).innerJoin(users, eq(users.id, k.userId)).where(matched);
  const rows = selected(reader, sortValue).where(and(matched, where)).orderBy(orderBy).limit(limit);
  return page(rows, countUpTo(reader, matches));
}

export async function get(reader: Reader | Tx, id: string) {
  const [key] = await selected(reader, sql`''`).where(eq(k.id, id));
  return key;
}

/** Of two who would replace a key, one waits for the other. */
export async function lock(tx: Tx, id: string): Promise<void> {
  await tx.select({ id: k.id }).from(k).where(eq(k.id, id)).for("update");
}

/** Whether the user is active, and stays so until this transaction ends: who is suspended meanwhile waits for its keys. */
export async function isActiveUser(tx: Tx, userId: string): Promise<boolean> {
  const [user] = await tx.select({ status: users.status }).from(users).where(eq(users.id, userId)).for("no key update");
  return user?.status === "active";
}

export async function insert(tx: Tx, values: typeof k.$inferInsert): Promise<string> {
  const [row] = await tx.insert(k).values(values).returning({ id: k.id });
  if (!row) throw new Error("The key was not inserted");
  return row.id;
}

/** @returns whether it was active until now */
export async function revoke(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx
    .update(k)
    .set({ isActive: false })
    .where(and(eq(k.id, id), k.isActive))
    .returning({ id: k.id });
  return rows.length > 0;
}

export async function endAt(tx: Tx, id: string, expiresAt: Date): Promise<void> {
  await tx.update(k).set({ expiresAt }).where(eq(k.id, id));
}

/** Notes who used keys from where, once a minute at most, however many replicas say so. */
export async function touch(tx: Tx, uses: ReadonlyMap<string, string | null>): Promise<void> {
  const used = sql`unnest(${sql.param([...uses.keys()])}::uuid[], ${sql.param([...uses.values()])}::text[])`;
  await tx.execute(sql`
    update api_keys k set last_used_at = now(), last_used_ip = used.ip::inet from ${used} as used (id, ip)
     where k.id = used.id and (k.last_used_at is null or k.last_used_at <= now() - interval '1 minute')`);
}
