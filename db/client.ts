import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import { begin } from "./begin";
import { onConnectionEnd } from "./reserve";
import * as schema from "./schema";

export type Database = PostgresJsDatabase<typeof schema>;
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

/** The runtime role: no context means no rows, see `enter_scope` in the migrations. */
export const APP_ROLE = "keyward_app";

export interface ClientOptions {
  /** The role every connection starts in (and falls back to on RESET ROLE); the login's own when absent. */
  role?: string;
  /** Connections at most. */
  max?: number;
  applicationName?: string;
  /** Longest a statement may run; 0 is for ever. */
  statementTimeoutMs?: number;
}

/** A connection pool. Connects at the first query; raw rows have camelCase columns, times as `Date`, bigint as number. */
export function createClient(url: string, options: ClientOptions = {}): Sql {
  const { role, max = 10, applicationName = "keyward", statementTimeoutMs = 60_000 } = options;
  const pool: Sql = postgres(url, {
    onclose: () => onConnectionEnd(pool),
    max,
    connect_timeout: 10,
    onnotice: () => undefined,
    // Rows of raw queries read like Drizzle's: `session_id` is `sessionId`.
    transform: { column: { from: postgres.toCamel } },
    types: {
      // Counters and sizes: all far below 2^53.
      bigint: {
        to: 20,
        from: [20],
        serialize: (value: number) => String(value),
        parse: (text: string) => Number(text),
      },
    },
    connection: {
      application_name: applicationName,
      TimeZone: "UTC",
      statement_timeout: statementTimeoutMs,
      ...(role ? { role } : {}),
    },
  });
  return pool;
}

/** Drizzle over a pool. Raw `sql` on the same pool keeps reading `Date`s and writing objects as JSON. */
export function createDatabase(sql: Sql): Database {
  const client = Object.assign(Object.create(sql), { begin: begin.bind(null, sql) });
  const database = drizzle({ client, schema });
  // Drizzle switches these off on the shared pool; it accepts a Date as well as a string.
  const { parsers, serializers } = sql.options;
  const TIMESTAMPTZ = 1184;
  parsers[TIMESTAMPTZ] = (text: string) => new Date(text);
  serializers[TIMESTAMPTZ] = (value: unknown) => (value instanceof Date ? value.toISOString() : value);
  for (const json of [114, 3802]) {
    serializers[json] = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  }
  return database;
}

interface Shared {
  sql: Sql;
  database: Database;
}

// Next bundles its own copy of this module: the pool lives once per process, on globalThis.
const globals = globalThis as { keywardDatabase?: Shared };

function shared(): Shared {
  if (!globals.keywardDatabase) {
    const url = process.env.DATABASE_URL;
    if (!url) throw new Error("DATABASE_URL is not set");
    const sql = createClient(url, { role: APP_ROLE, max: Number(process.env.KEYWARD_DATABASE_POOL ?? 10) });
    globals.keywardDatabase = { sql, database: createDatabase(sql) };
  }
  return globals.keywardDatabase;
}

/** The process-wide pool, as `keyward_app`. @throws when `DATABASE_URL` is not set */
export const getSql = (): Sql => shared().sql;

/** Drizzle over {@link getSql}. */
export const getDatabase = (): Database => shared().database;

/** Ends the process-wide pool; the next use opens a new one. */
export async function closeDatabase(): Promise<void> {
  const open = globals.keywardDatabase;
  delete globals.keywardDatabase;
  await open?.sql.end({ timeout: 5 });
}
