// better-auth as its documentation sets it up: PostgreSQL through pg, sessions read from the database.
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { Pool } from "pg";

const { DATABASE_URL, PORT, BETTER_AUTH_URL } = process.env;
const auth = betterAuth({
  database: new Pool({ connectionString: DATABASE_URL, max: 10 }),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  baseURL: BETTER_AUTH_URL,
});
const { runMigrations } = await getMigrations(auth.options);
await runMigrations();
createServer(toNodeHandler(auth)).listen(Number(PORT), "127.0.0.1");
