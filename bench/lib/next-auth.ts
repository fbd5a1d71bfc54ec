import { join } from "node:path";
import type { Bench } from "./keyward";
import { startNextApp } from "./next-app";
import { ground, type Peer } from "./peer";

const TOKEN = "a token of the benchmark";

/** next-auth 4 with sessions in the database, asked by a route handler of a Next app. */
export async function startNextAuth(bench: Bench): Promise<Peer> {
  const { directory, databaseUrl, sql } = await ground("next-auth", bench);
  await sql`create table users (id uuid primary key default gen_random_uuid(), name text, email text)`;
  await sql`
    create table sessions (session_token text primary key, user_id uuid references users, expires timestamptz not null)`;
  await sql`
    with person as (insert into users (name, email) values ('Bench', 'bench@example.com') returning id)
    insert into sessions select ${TOKEN}, id, now() + interval '30 days' from person`;
  const { url, stop } = await startNextApp({
    source: join(import.meta.dirname, "..", "peers", "next-auth"),
    modules: join(directory, "node_modules"),
    env: { DATABASE_URL: databaseUrl, NEXTAUTH_SECRET: "a secret of the benchmark and of nobody else" },
  });
  return { url, headers: { cookie: `next-auth.session-token=${encodeURIComponent(TOKEN)}` }, sql, stop };
}
