import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@/db/client";
import { migrate } from "@/db/migrate";
import { seed } from "@/db/seed";
import { startEmbeddedPostgres } from "@/scripts/lib/embedded-postgres.mjs";
import { permissions, rolePermissions } from "@/server/core/permissions";
import { databaseUrl, dropDatabase, onServer, SERVER_VARIABLE, TEMPLATE_VARIABLE } from "./database";

/** A crash loses nothing that a test would miss. */
const VOLATILE = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "200" };

/**
 * One PostgreSQL for the whole run, `DATABASE_URL`'s when that is set, with one migrated and seeded template that every
 * test file clones. Both are gone afterwards.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startServer();
  const template = `keyward_template_${randomBytes(6).toString("hex")}`;
  try {
    await prepareTemplate(server.url, template);
  } catch (error) {
    await server.stop();
    throw error;
  }
  process.env[SERVER_VARIABLE] = server.url;
  process.env[TEMPLATE_VARIABLE] = template;
  return async () => {
    await dropDatabase(server.url, template);
    await server.stop();
  };
}

interface Server {
  url: string;
  stop(): Promise<void>;
}

async function startServer(): Promise<Server> {
  const given = process.env.DATABASE_URL;
  if (given) return { url: given, stop: async () => undefined };
  const directory = await mkdtemp(join(tmpdir(), "keyward-test-"));
  // PostgreSQL's user, who is not root, has to get in.
  await chmod(directory, 0o755);
  const password = randomBytes(16).toString("hex");
  const server = await startEmbeddedPostgres({ dataDir: join(directory, "postgres"), password, flags: VOLATILE });
  return {
    url: server.url,
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function prepareTemplate(server: string, template: string): Promise<void> {
  await onServer(server, (sql) => sql`create database ${sql(template)}`);
  const url = databaseUrl(server, template);
  await migrate(url);
  const sql = createClient(url, { max: 1 });
  try {
    await seed(sql, { permissions, rolePermissions });
  } finally {
    await sql.end({ timeout: 5 });
  }
}
