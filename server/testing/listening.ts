import type { TestDatabase } from "./database";

/** The connections that listen to announcements, by the id of the server process. */
export async function listening({ sql }: TestDatabase): Promise<number[]> {
  const rows = await sql<{ pid: number }[]>`
    select pid from pg_stat_activity where datname = current_database() and application_name = 'keyward-listen'`;
  return rows.map(({ pid }) => pid);
}

/** Ends them, as an administrator of the database or a fail-over would. */
export async function cutListening(database: TestDatabase): Promise<void> {
  const pids = await listening(database);
  if (pids.length === 0) throw new Error("Nobody listens");
  await database.sql`select pg_terminate_backend(pid, 5000) from unnest(${pids}::int[]) as pid`;
}
