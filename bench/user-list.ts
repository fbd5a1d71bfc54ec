import { startDirectus } from "./lib/directus";
import { startBench } from "./lib/keyward";
import { startPeers } from "./lib/peer";
import { pgbench } from "./lib/pgbench";
import { measure, report } from "./lib/rounds";
import { wrk } from "./lib/wrk";

const USERS = 100_000;
const FLOOR = "the same SQL as psql sends it";
const SUBJECT = "Keyward users.list";

const bench = await startBench();
await bench.sql.begin(async (tx) => {
  await tx`select set_config('app.scope', 'system', true)`;
  await tx`insert into users (username, email, display_name, status)
    select 'user' || n, 'user' || n || '@example.com', 'Person ' || md5(n::text), 'active' from generate_series(1, ${USERS}) n`;
});
await bench.sql`vacuum analyze users`;

const input = encodeURIComponent(JSON.stringify({ q: "abcd", sort: "createdAt", size: 50 }));
const matched =
  "(username::text ilike '%abcd%' or email::text ilike '%abcd%' or display_name ilike '%abcd%') and erased_at is null";
const transaction = `
begin;
select enter_scope('admin');
select id, username, email, display_name, status, last_login_at, created_at,
  coalesce((select array_agg(r.name order by r.name) from user_roles ur join roles r on r.id = ur.role_id where ur.user_id = users.id), '{}'),
  (select count(*) from sessions s where s.user_id = users.id and s.revoked_at is null),
  (select count(*) from devices d where d.user_id = users.id and d.deleted_at is null)
  from users where ${matched} order by coalesce(created_at, created_at) desc, id desc limit 51;
select count(*) from (select 1 from users where ${matched} limit 10001) few;
commit;`;

const query =
  "search=abcd&sort=email&limit=50&meta=filter_count&fields=id,email,first_name,last_name,status,last_access";
const peers = await startPeers(bench, [
  {
    name: "Directus 11 /users",
    atLeast: 5,
    async start(to) {
      const peer = await startDirectus(to);
      await peer.sql`
        insert into directus_users (id, email, first_name, last_name, status)
        select gen_random_uuid(), 'user' || n || '@example.com', 'Person', md5(n::text), 'active'
          from generate_series(1, ${USERS}) n`;
      await peer.sql`analyze directus_users`;
      return peer;
    },
    // Few at once and for long: with more none is answered within a measurement.
    run: ({ url, headers }) => wrk({ url: `${url}/users?${query}`, headers, connections: 4, seconds: 15 }),
  },
]);
const rates = await measure([
  { name: FLOOR, run: () => pgbench({ url: bench.databaseUrl, sql: transaction, protocol: "simple" }) },
  {
    name: SUBJECT,
    run: () => wrk({ url: `${bench.url}/api/trpc/users.list?input=${input}`, headers: { cookie: bench.cookie } }),
  },
  ...peers.contestants,
]);
report("user-list: 50 of 100,000 users, searched, sorted and counted", {
  rates,
  subject: SUBJECT,
  targets: [{ of: FLOOR, atLeast: 0.5 }, ...peers.targets],
});
await peers.stop();
await bench.stop();
