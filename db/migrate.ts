import type { Sql } from "postgres";
import { createClient } from "./client";
import { type Migration, readMigrations } from "./migration-files";

export interface MigrateOptions {
  log?: (line: string) => void;
  /** Where the SQL is; `db/migrations` under the working directory when absent. */
  directory?: string;
}

/** Any number will do, as long as every migrator takes the same. */
const LOCK = 5_394_812_771;
const FOUNDATION_TRIES = 5;

/**
 * Applies what is missing, each migration in a transaction of its own; any number of processes may call it at once.
 * The url's login must be a superuser, or own the database and have CREATEROLE.
 * @returns the tags it applied
 * @throws when an applied migration was edited or is not there any more
 */
export async function migrate(url: string, options: MigrateOptions = {}): Promise<string[]> {
  const migrations = readMigrations(options.directory);
  return locked(url, async (sql) => {
    const applied = await appliedMigrations(sql);
    assertUnchanged(migrations, applied);
    const missing = migrations.filter((migration) => !applied.has(migration.tag));
    for (const migration of missing) {
      await retryingOnRoles(() => apply(sql, migration));
      options.log?.(`migrated ${migration.tag}`);
    }
    return missing.map((migration) => migration.tag);
  });
}

/**
 * Takes migrations back, newest first, until `toTag` is the last one left; null takes back everything.
 * Roles stay: they belong to the whole cluster.
 * @throws when a migration has no down file
 */
export async function migrateDown(url: string, toTag: string | null, options: MigrateOptions = {}): Promise<string[]> {
  const migrations = readMigrations(options.directory);
  return locked(url, async (sql) => {
    const applied = await appliedMigrations(sql);
    const undone = migrations.filter(({ tag }) => applied.has(tag) && (toTag === null || tag > toTag)).reverse();
    for (const migration of undone) {
      await revert(sql, migration);
      options.log?.(`took back ${migration.tag}`);
    }
    return undone.map((migration) => migration.tag);
  });
}

/** One connection holding the migrators' lock, which ends with it. */
async function locked<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = createClient(url, { max: 1, applicationName: "keyward-migrate", statementTimeoutMs: 0 });
  try {
    await sql`select pg_advisory_lock(${LOCK})`;
    await sql`create table if not exists keyward_migrations (
      tag text primary key,
      hash text not null,
      applied_at timestamptz not null default now()
    )`;
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function appliedMigrations(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql<{ tag: string; hash: string }[]>`select tag, hash from keyward_migrations`;
  return new Map(rows.map((row) => [row.tag, row.hash]));
}

function assertUnchanged(migrations: Migration[], applied: Map<string, string>): void {
  const known = new Map(migrations.map((migration) => [migration.tag, migration.hash]));
  for (const [tag, hash] of applied) {
    if (!known.has(tag)) throw new Error(`The database knows migration ${tag}, this version does not: it is newer.`);
    if (known.get(tag) !== hash) throw new Error(`Migration ${tag} was edited after it had been applied.`);
  }
}

async function apply(sql: Sql, migration: Migration): Promise<void> {
  await sql.begin(async (tx) => {
    if (!migration.asLogin) await tx`set local role keyward_owner`;
    await tx.unsafe(migration.up).simple();
    await tx`reset role`;
    await tx`insert into keyward_migrations (tag, hash) values (${migration.tag}, ${migration.hash})`;
  });
}

async function revert(sql: Sql, migration: Migration): Promise<void> {
  const { down, tag } = migration;
  if (down === undefined) throw new Error(`Migration ${tag} has no way back.`);
  await sql.begin(async (tx) => {
    if (!migration.asLogin) await tx`set local role keyward_owner`;
    await tx.unsafe(down).simple();
    await tx`reset role`;
    await tx`delete from keyward_migrations where tag = ${tag}`;
  });
}

/** Roles are the cluster's, the lock is the database's: two databases migrating at once may trip over one role's row. */
async function retryingOnRoles(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const collided = error instanceof Error && /tuple concurrently|already exists/.test(error.message);
      if (!collided || attempt === FOUNDATION_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 * attempt));
    }
  }
}
