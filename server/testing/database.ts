import { randomBytes } from "node:crypto";
import type { Sql } from "postgres";
import { APP_ROLE, createClient } from "@/db/client";

/** Where the test run's PostgreSQL is, and the migrated and seeded database that is cloned there. Set by global-setup. */
export const SERVER_VARIABLE = "KEYWARD_TEST_SERVER";
export const TEMPLATE_VARIABLE = "KEYWARD_TEST_TEMPLATE";

export interface TestDatabase {
  url: string;
  /** As the login, which may do everything: for arranging and for looking behind the curtain. */
  sql: Sql;
  /** As the server sees it: the role keyward_app, without a context. */
  app: Sql;
  /** Ends both pools and drops the database. */
  drop(): Promise<void>;
}

/** A migrated and seeded database of one's own. */
export const testDatabase = (): Promise<TestDatabase> => create(required(TEMPLATE_VARIABLE));

/** An empty database of one's own. */
export const emptyDatabase = (): Promise<TestDatabase> => create("template0");

async function create(template: string): Promise<TestDatabase> {
  const server = required(SERVER_VARIABLE);
  const name = `keyward_test_${randomBytes(6).toString("hex")}`;
  await onServer(server, (sql) => sql`create database ${sql(name)} template ${sql(template)} strategy file_copy`);
  const url = databaseUrl(server, name);
  const sql = createClient(url, { max: 4, applicationName: "keyward-test" });
  const app = createClient(url, { max: 4, role: APP_ROLE, applicationName: "keyward-test" });
  return {
    url,
    sql,
    app,
    async drop() {
      await Promise.all([sql.end({ timeout: 1 }), app.end({ timeout: 1 })]);
      await dropDatabase(server, name);
    },
  };
}

/** The server's url with another database. */
export function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

export async function dropDatabase(server: string, name: string): Promise<void> {
  await onServer(server, (sql) => sql`drop database if exists ${sql(name)} with (force)`);
}

/** One short-lived connection to the server's own database. */
export async function onServer(server: string, work: (sql: Sql) => PromiseLike<unknown>): Promise<void> {
  const sql = createClient(server, { max: 1, applicationName: "keyward-test" });
  try {
    await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

function required(variable: string): string {
  const value = process.env[variable];
  if (!value)
    throw new Error(`${variable} is not set: run tests through vitest, whose global set-up starts PostgreSQL`);
  return value;
}
