import type { Sql, TransactionSql } from "postgres";

/**
 * Fills a table with very many rows in one statement, without what makes that slow: row triggers wait outside, and
 * indexes are built once, afterwards. The planner then knows the table as an autovacuum would have left it.
 */
export async function fill(
  sql: Sql,
  table: string,
  insert: (tx: TransactionSql) => PromiseLike<unknown>,
): Promise<void> {
  await sql.begin(async (tx) => {
    const indexes = await tx<{ name: string; definition: string }[]>`
      select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index i
       where indrelid = ${table}::regclass and not exists (select from pg_constraint c where c.conindid = i.indexrelid)`;
    for (const { name } of indexes) await tx`drop index ${tx(name)}`;
    await tx`alter table ${tx(table)} disable trigger user`;
    await insert(tx);
    await tx`alter table ${tx(table)} enable trigger user`;
    for (const { definition } of indexes) await tx.unsafe(definition);
  });
  await sql`vacuum analyze ${sql(table)}`;
}
