import { expect, test } from "@playwright/test";
import postgres from "postgres";
import { databaseUrlOf } from "./fixtures/database";
import { ADMIN } from "./fixtures/organisation";
import { type Replica, startReplica } from "./fixtures/replica";
import { type RunningServer, startServer } from "./fixtures/server";
import { type OpenSession, openSession, useKeysOf } from "./fixtures/sessions";

/** Two processes, either of which may deliver what a command at one of them asked for. */
let first: RunningServer;
let second: Replica;
let sql: postgres.Sql;
let admin: OpenSession;

test.beforeAll(async () => {
  first = await startServer({
    env: { KEYWARD_INIT_ADMIN_USERNAME: ADMIN.username, KEYWARD_INIT_ADMIN_PASSWORD: ADMIN.password },
  });
  second = await startReplica(first);
  useKeysOf(first);
  sql = postgres(databaseUrlOf(first), { max: 2, onnotice: () => undefined });
  const [found] = await sql`select id from users where username = ${ADMIN.username}`;
  admin = await openSession(sql, found?.id);
});
test.afterAll(async () => {
  await sql?.end();
  await second?.server.stop();
  await first?.stop();
});

async function renameTag(id: string, name: string): Promise<void> {
  const answer = await fetch(`${first.url}/api/trpc/tags.update`, {
    method: "POST",
    headers: { "sec-fetch-site": "same-origin", "content-type": "application/json", cookie: admin.cookie },
    body: JSON.stringify({ id, name, color: "#64748b", description: "" }),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

test("what a command asked for is done after its commit, once, by whichever process", async () => {
  const [tag] = await sql`insert into tags (name) values ('everywhere') returning id`;
  await sql`
    with made as (
      insert into devices (name, platform, device_fingerprint, status, desired_hash)
      select 'bulk', 'linux', gen_random_uuid(), 'active', 'ds1-old' from generate_series(1, 1201) returning id
    )
    insert into device_tags (device_id, tag_id, source) select id, ${tag?.id}, 'test' from made`;
  for (let round = 0; round < 5; round += 1) await renameTag(tag?.id, `everywhere-${round}`);
  const state = async () => {
    const [row] = await sql`
      select count(*)::int as effects, count(delivered_at)::int as delivered, max(attempts) as attempts,
             (select count(*)::int from devices where desired_hash is not null) as compiled
        from outbox`;
    return row;
  };
  await expect.poll(state, { timeout: 30_000 }).toEqual({ effects: 15, delivered: 15, attempts: 1, compiled: 0 });
});
