import { and, eq, ilike, inArray, or, type SQL, sql } from "drizzle-orm";
import { asText } from "@/db/columns";
import { tags } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one, type SortKey } from "@/server/core/pagination";
import { type ListTags, tagDirection } from "./schema";

const columns = {
  id: tags.id,
  name: tags.name,
  color: tags.color,
  description: tags.description,
  devices: sql<number>`(select count(*)::int from device_tags dt join devices d on d.id = dt.device_id where dt.tag_id = tags.id and d.deleted_at is null)`,
  tokens: sql<number>`(select count(*)::int from enrolment_token_tags et join enrolment_tokens t on t.id = et.enrolment_token_id where et.tag_id = tags.id and t.revoked_at is null and t.expires_at > now() and t.usage_current < t.usage_limit)`,
  createdAt: tags.createdAt,
};

const sortKeys: Record<ListTags["sort"], SortKey> = {
  name: { expression: tags.name, type: "citext" },
  createdAt: { expression: tags.createdAt, type: "timestamptz" },
};

function matching({ q }: ListTags): SQL | undefined {
  return q ? or(ilike(asText(tags.name), containing(q)), ilike(tags.description, containing(q))) : undefined;
}

export async function list(reader: Reader, filter: ListTags) {
  const { where, orderBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: sortKeys[filter.sort],
    id: { expression: tags.id, type: "uuid" },
    direction: tagDirection(filter),
  });
  const matched = matching(filter);
  const rows = reader
    .select({ ...columns, sortValue })
    .from(tags)
    .where(and(matched, where))
    .orderBy(orderBy)
    .limit(limit);
  return page(rows, countUpTo(reader, reader.select(one).from(tags).where(matched)));
}

/** Every tag, or the first of very many, to choose from. */
export async function options(reader: Reader) {
  return reader.select({ id: tags.id, name: tags.name, color: tags.color }).from(tags).orderBy(tags.name).limit(1000);
}

export async function get(reader: Reader | Tx, id: string) {
  const [tag] = await reader.select(columns).from(tags).where(eq(tags.id, id));
  return tag;
}

export async function lock(tx: Tx, id: string) {
  const [tag] = await tx.select().from(tags).where(eq(tags.id, id)).for("update");
  return tag;
}

export async function insert(tx: Tx, values: typeof tags.$inferInsert): Promise<string> {
  const [row] = await tx.insert(tags).values(values).returning({ id: tags.id });
  if (!row) throw new Error("The tag was not inserted");
  return row.id;
}

export async function update(tx: Tx, id: string, values: Partial<typeof tags.$inferInsert>): Promise<void> {
  await tx.update(tags).set(values).where(eq(tags.id, id));
}

export async function remove(tx: Tx, id: string): Promise<void> {
  await tx.delete(tags).where(eq(tags.id, id));
}

export async function existing(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await tx
    .select({ id: tags.id })
    .from(tags)
    .where(inArray(tags.id, [...ids]));
  return rows.map(({ id }) => id);
}
