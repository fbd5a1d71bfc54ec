import { and, eq, ilike, isNull, ne, type SQL, sql } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import { asText } from "@/db/columns";
import type { PolicyTargetType } from "@/db/enums";
import { devices, groups, tags, users } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing } from "@/server/core/pagination";

export type TargetKind = Exclude<PolicyTargetType, "all">;

interface Kind {
  table: PgTable;
  id: PgColumn;
  name: PgColumn;
  /** What can be chosen. */
  where: SQL | undefined;
}

const kinds: Record<TargetKind, Kind> = {
  user: { table: users, id: users.id, name: users.username, where: ne(users.status, "deactivated") },
  device: { table: devices, id: devices.id, name: devices.name, where: isNull(devices.deletedAt) },
  group: { table: groups, id: groups.id, name: groups.name, where: isNull(groups.deletedAt) },
  tag: { table: tags, id: tags.id, name: tags.name, where: eq(tags.isTrusted, true) },
};

const select = (reader: Reader | Tx, { table, id, name }: Kind) =>
  reader.select({ id: sql<string>`${id}`, name: sql<string>`${asText(name)}` }).from(table);

/** The first of a kind whose names hold the text. */
export async function find(reader: Reader, type: TargetKind, q: string | undefined) {
  const kind = kinds[type];
  return select(reader, kind)
    .where(and(kind.where, q ? ilike(asText(kind.name), containing(q)) : undefined))
    .orderBy(kind.name, kind.id)
    .limit(20);
}

export interface TargetRef {
  type: PolicyTargetType;
  id: string | null;
}

async function namesOf(reader: Reader | Tx, kind: Kind, ids: readonly string[]) {
  if (ids.length === 0) return [];
  return select(reader, kind).where(and(kind.where, sql`${kind.id} = any(${sql.param([...ids])}::uuid[])`));
}

const typesOf = Object.keys(kinds) as TargetKind[];

/** Names by id of those that are still there and can be a target. */
export async function names(reader: Reader | Tx, refs: readonly TargetRef[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const type of typesOf) {
    const ids = refs.flatMap((ref) => (ref.type === type && ref.id !== null ? [ref.id] : []));
    for (const { id, name } of await namesOf(reader, kinds[type], [...new Set(ids)])) found.set(id, name);
  }
  return found;
}
