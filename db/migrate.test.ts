import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { permissions, rolePermissions } from "@/server/core/permissions";
import { emptyDatabase, type TestDatabase } from "@/server/testing/database";
import { createClient } from "./client";
import { migrate, migrateDown } from "./migrate";
import { migrationsDirectory, readMigrations } from "./migration-files";
import { seed } from "./seed";
import { plantPerson } from "./test-rows";

// Every migration several times over: more work than other tests, and more with each migration.
vi.setConfig({ testTimeout: 60_000 });

let database: TestDatabase;
beforeEach(async () => {
  database = await emptyDatabase();
});
afterEach(() => database.drop());

const tags = readMigrations().map(({ tag }) => tag);

/** Names of everything in the database that is ours. */
async function objects(): Promise<string[]> {
  const rows = await database.sql<{ name: string }[]>`
    select c.relkind::text || ' ' || c.oid::regclass as name from pg_class c
    where c.relnamespace in (select oid from pg_namespace where nspname in ('public', 'partitions'))
      and c.relname not like 'keyward_migrations%'
    union all
    select 'function ' || p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace
    union all
    select 'type ' || t.oid::regtype from pg_type t where t.typnamespace = 'public'::regnamespace and t.typtype = 'e'
    union all
    select 'extension ' || extname::text from pg_extension where extname <> 'plpgsql'
    union all
    select 'schema ' || nspname::text from pg_namespace where nspname = 'partitions'
    order by name`;
  return rows.map(({ name }) => name);
}

/** Everything about the shape that a way down and up again might lose. */
async function shape() {
  return database.sql`
    select c.oid::regclass::text as relation, (select array_agg(a::text order by a::text) from unnest(c.relacl) a) as acl, c.relrowsecurity, c.relforcerowsecurity, c.relpersistence,
      pg_get_userbyid(c.relowner) as owner,
      (select array_agg(tgname order by tgname) from pg_trigger where tgrelid = c.oid and not tgisinternal) as triggers,
      (select array_agg(pg_get_constraintdef(oid) order by conname) from pg_constraint where conrelid = c.oid) as constraints,
      (select array_agg(polname order by polname) from pg_policy where polrelid = c.oid) as policies,
      (select jsonb_object_agg(attname, (select array_agg(a::text order by a::text) from unnest(attacl) a))
         from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) as columns
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname <> 'keyward_migrations'
      and c.relkind in ('r', 'p', 'v')
    order by 1`;
}

/** Seeds and plants on a connection of its own: types that were dropped leave stale plans on old ones. */
async function fill(): Promise<void> {
  const sql = createClient(database.url, { max: 1 });
  await seed(sql, { permissions, rolePermissions });
  await plantPerson(sql);
  await sql.end();
}

test("migrations go up from empty, down to nothing and up to the same shape again", async () => {
  expect(await migrate(database.url)).toEqual(tags);
  const before = await shape();
  expect(await migrateDown(database.url, null)).toEqual([...tags].reverse());
  expect(await objects()).toEqual([]);
  expect(await migrate(database.url)).toEqual(tags);
  expect(await shape()).toEqual(before);
});

test("migrations go down and up again on a database full of data", async () => {
  await migrate(database.url);
  await fill();
  for (const tag of [...tags].reverse()) {
    expect(await migrateDown(database.url, tags[tags.indexOf(tag) - 1] ?? null)).toEqual([tag]);
  }
  expect(await objects()).toEqual([]);
  await migrate(database.url);
  await fill();
});

test("each migration, taken back on a seeded database, can be applied again", async () => {
  await migrate(database.url);
  await fill();
  const before = await shape();
  // The tables themselves go with the second migration: what comes after must leave the data alone.
  for (const tag of tags.slice(2).reverse()) {
    await migrateDown(database.url, tags[tags.indexOf(tag) - 1] ?? null);
    await migrate(database.url);
    expect(await shape()).toEqual(before);
  }
});

test("two migrators at once apply every migration once", async () => {
  const [first, second] = await Promise.all([migrate(database.url), migrate(database.url)]);
  expect([...(first ?? []), ...(second ?? [])]).toEqual(tags);
});

test("a second run has nothing to do", async () => {
  await migrate(database.url);
  expect(await migrate(database.url)).toEqual([]);
});

test("a migration that was edited after it had been applied is refused", async () => {
  const directory = mkdtempSync(join(tmpdir(), "keyward-migrations-"));
  try {
    cpSync(migrationsDirectory(), directory, { recursive: true });
    await migrate(database.url, { directory });
    writeFileSync(join(directory, `${tags[2]}.sql`), "select 1;");
    await expect(migrate(database.url, { directory })).rejects.toThrow(/was edited/);
    rmSync(join(directory, `${tags[2]}.sql`));
    await expect(migrate(database.url, { directory })).rejects.toThrow(/it is newer/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("a migration that fails leaves nothing of itself", async () => {
  const directory = mkdtempSync(join(tmpdir(), "keyward-migrations-"));
  try {
    writeFileSync(join(directory, "20260101000000_first.sql"), "-- run as: login\ncreate table first (id int);");
    writeFileSync(
      join(directory, "20260101000001_broken.sql"),
      "-- run as: login\ncreate table second (id int); select 1 / 0;",
    );
    await expect(migrate(database.url, { directory })).rejects.toThrow(/division by zero/);
    const rows = await database.sql`select to_regclass('first') is not null as first, to_regclass('second') as second`;
    expect(rows).toEqual([{ first: true, second: null }]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("a login that is no superuser but owns the database can migrate and serve", async () => {
  // The roles exist by now: another database of the cluster made them, and whoever did hands them on.
  await migrate(database.url);
  await migrateDown(database.url, null);
  const { sql, url } = database;
  const name = `managed_${new URL(url).pathname.slice(-12)}`;
  await sql.unsafe(`create role ${name} login createrole password 'managed'`);
  try {
    await sql.unsafe(`alter database ${new URL(url).pathname.slice(1)} owner to ${name}`);
    await sql.unsafe("drop table keyward_migrations");
    for (const role of ["owner", "definer", "app", "admin"]) {
      await sql.unsafe(`grant keyward_${role} to ${name} with admin option`);
    }
    const managed = new URL(url);
    managed.username = name;
    managed.password = "managed";
    expect(await migrate(managed.href)).toEqual(tags);
    expect(await migrateDown(managed.href, null)).toEqual([...tags].reverse());
  } finally {
    await sql.unsafe(`reassign owned by ${name} to current_user; drop owned by ${name}; drop role ${name}`);
  }
});

test("every migration has a way back", () => {
  expect(readMigrations().filter(({ down }) => down === undefined)).toEqual([]);
});
