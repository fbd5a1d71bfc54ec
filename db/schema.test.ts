import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { is } from "drizzle-orm";
import { getTableConfig, getViewConfig, isPgEnum, PgTable, PgView } from "drizzle-orm/pg-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "@/server/testing/database";
import { migrationsDirectory } from "./migration-files";
import * as schema from "./schema";
import expected from "./schema-expected.json";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

async function migratedColumns(): Promise<Map<string, Set<string>>> {
  const rows = await database.sql<{ relation: string; columns: string[] }[]>`
    select table_name::text as relation, array_agg(column_name::text) as columns
    from information_schema.columns where table_schema = 'public' group by 1`;
  return new Map(rows.map(({ relation, columns }) => [relation, new Set(columns)]));
}

test("the migrated database has every table and column of the design", async () => {
  const migrated = await migratedColumns();
  const missing = Object.entries(expected).flatMap(([relation, columns]) =>
    columns.split(" ").flatMap((column) => (migrated.get(relation)?.has(column) ? [] : [`${relation}.${column}`])),
  );
  expect(missing).toEqual([]);
});

test("the migrated database has exactly the tables and columns of the code, and every view's", async () => {
  const migrated = await migratedColumns();
  const [tables, views] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()];
  for (const value of Object.values(schema)) {
    if (is(value, PgTable)) {
      const { name, columns } = getTableConfig(value);
      tables.set(name, new Set(columns.map((column) => column.name)));
    } else if (is(value, PgView)) {
      const { name, selectedFields } = getViewConfig(value);
      views.set(name, new Set(Object.values(selectedFields).map((column) => (column as { name: string }).name)));
    }
  }
  for (const [name, columns] of tables) expect(migrated.get(name), name).toEqual(columns);
  for (const [name, columns] of views) expect(columns.isSubsetOf(migrated.get(name) ?? new Set()), name).toBe(true);
  const unknown = [...migrated.keys()].filter((name) => !tables.has(name) && !views.has(name));
  expect(unknown.sort()).toEqual(["effective_certificates", "keyward_migrations"]);
});

test("the database's enums are the code's", async () => {
  const rows = await database.sql<{ name: string; values: string[] }[]>`
    select t.typname::text as name, array_agg(e.enumlabel::text order by e.enumsortorder) as values
    from pg_enum e join pg_type t on t.oid = e.enumtypid group by 1`;
  const inCode = Object.values(schema).flatMap((value: unknown) =>
    isPgEnum(value) ? [[value.enumName, value.enumValues] as const] : [],
  );
  expect(Object.fromEntries(rows.map((row) => [row.name, row.values]))).toEqual(Object.fromEntries(inCode));
});

test("nothing is left for drizzle-kit to generate", () => {
  const scratch = mkdtempSync(join(tmpdir(), "keyward-generate-"));
  try {
    cpSync(migrationsDirectory(), scratch, { recursive: true });
    const before = readdirSync(scratch);
    const kit = join("node_modules", "drizzle-kit", "bin.cjs");
    // drizzle-kit takes relative paths only.
    const options = [
      "--dialect=postgresql",
      "--schema=./db/schema/index.ts",
      `--out=./${relative(process.cwd(), scratch)}`,
    ];
    const generated = spawnSync(process.execPath, [kit, "generate", ...options], { encoding: "utf8" });
    expect(generated.stdout).toContain("No schema changes");
    expect(readdirSync(scratch)).toEqual(before);
  } finally {
    rmSync(scratch, { recursive: true });
  }
});

test("every foreign key is the beginning of an index", async () => {
  const rows = await database.sql`
    select conrelid::regclass::text as relation, conname::text from pg_constraint c
    where contype = 'f' and conparentid = 0 and connamespace = 'public'::regnamespace and not exists (
      select from pg_index i where i.indrelid = c.conrelid and i.indpred is null
        and (string_to_array(i.indkey::text, ' ')::int2[])[1:cardinality(c.conkey)] = c.conkey)`;
  expect([...rows]).toEqual([]);
});

test("a trigger keeps updated_at wherever there is one", async () => {
  const rows = await database.sql`
    select c.relname::text from pg_attribute a join pg_class c on c.oid = a.attrelid
    where a.attname = 'updated_at' and c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
      and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'set_updated_at')`;
  expect([...rows]).toEqual([]);
  const [tag] = await database.sql`
    insert into tags (name, updated_at) values ('old', '2020-01-01') returning updated_at`;
  expect(tag?.updatedAt).toEqual(new Date("2020-01-01T00:00:00Z"));
  const [changed] = await database.sql`
    update tags set color = '#000000', updated_at = '2020-01-01' where name = 'old' returning updated_at > '2026-01-01' as now`;
  expect(changed).toEqual({ now: true });
});

test("views have the reader's rights, not their owner's", async () => {
  const rows = await database.sql`
    select relname::text from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace
      and not coalesce(reloptions, '{}') @> '{security_invoker=true}'
      and relname not like 'pg\_%'`;
  expect([...rows]).toEqual([]);
});

test("rows of any month find a partition, and coming months have their own", async () => {
  const { sql } = database;
  expect(await sql`select ensure_partitions(3, 1) as made`).toEqual([{ made: 0 }]);
  await sql`
    insert into audit_logs (actor_kind, event_type, action, source, created_at)
    values ('system', 'x.y', 'y', 'system', now() + interval '20 months'), ('system', 'x.y', 'y', 'system', now())`;
  const rows = await sql`select tableoid::regclass::text as partition from audit_logs order by created_at`;
  expect(rows[0]?.partition).toMatch(/^partitions\.audit_logs_20\d\d_\d\d$/);
  expect(rows[1]?.partition).toBe("partitions.audit_logs_default");
  // A month whose rows are in the default partition stays there.
  const [made] = await sql`select ensure_partitions(21, 1) as made`;
  expect(made?.made).toBe(18 * 3 - 1);
  const [dropped] = await sql`select drop_partitions('session_activity', 1) as dropped`;
  expect(dropped?.dropped).toBe(0);
  await expect(sql`select drop_partitions('audit_logs', 1)`).rejects.toThrow(/cannot be dropped/);
});
