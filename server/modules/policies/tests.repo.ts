import { and, eq, ilike, sql } from "drizzle-orm";
import { policyTests } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { containing, countUpTo, keyset, one, type SortKey } from "@/server/core/pagination";
import { type CreatePolicyTest, type ListPolicyTests, testDirection } from "./tests.schema";

const t = policyTests;

const columns = {
  id: t.id,
  name: t.name,
  sourceType: t.sourceType,
  sourceId: t.sourceId,
  destination: sql<string>`host(${t.destination})`,
  protocol: t.protocol,
  port: t.port,
  expect: t.expect,
  isActive: t.isActive,
  createdAt: t.createdAt,
};

const sortKeys: Record<ListPolicyTests["sort"], SortKey> = {
  name: { expression: t.name, type: "text" },
  createdAt: { expression: t.createdAt, type: "timestamptz" },
};

export async function list(reader: Reader, filter: ListPolicyTests) {
  const { where, orderBy, sortValue, limit, page } = keyset({
    ...filter,
    sort: sortKeys[filter.sort],
    id: { expression: t.id, type: "uuid" },
    direction: testDirection(filter),
  });
  const matched = filter.q ? ilike(t.name, containing(filter.q)) : undefined;
  const rows = reader
    .select({ ...columns, sortValue })
    .from(t)
    .where(and(matched, where))
    .orderBy(orderBy)
    .limit(limit);
  return page(rows, countUpTo(reader, reader.select(one).from(t).where(matched)));
}

/** Those that are switched on, by name. */
export async function active(reader: Reader | Tx) {
  return reader.select(columns).from(t).where(eq(t.isActive, true)).orderBy(t.name, t.id);
}

export async function lock(tx: Tx, id: string) {
  const [test] = await tx.select(columns).from(t).where(eq(t.id, id)).for("update");
  return test;
}

export async function insert(tx: Tx, values: CreatePolicyTest & { createdBy: string | null }): Promise<string> {
  const [row] = await tx.insert(t).values(values).returning({ id: t.id });
  if (!row) throw new Error("The test was not inserted");
  return row.id;
}

export async function update(tx: Tx, id: string, values: CreatePolicyTest): Promise<void> {
  await tx.update(t).set(values).where(eq(t.id, id));
}

export async function remove(tx: Tx, id: string): Promise<void> {
  await tx.delete(t).where(eq(t.id, id));
}
