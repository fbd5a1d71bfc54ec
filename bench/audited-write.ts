import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBench } from "./lib/keyward";
import { pgbench } from "./lib/pgbench";
import { measure, report } from "./lib/rounds";
import { wrk } from "./lib/wrk";

const TAGS = 500;
const FLOOR = "the same transaction in pgbench";
const SUBJECT = "Keyward tags.update";

const bench = await startBench();
const tags = await bench.sql<{ id: string }[]>`
  insert into tags (name) select 'bench ' || n from generate_series(1, ${TAGS}) n returning id`;
const [user] = await bench.sql<
  { id: string; sessionId: string }[]
>`select set_config('app.scope', 'system', false), (select id from users limit 1) as id, (select id from sessions limit 1) as "sessionId"`;

/** What the command asks of the database, to the letter, with nothing around it. */
const transaction = `
\\set n random(1, ${TAGS})
begin;
select enter_scope('admin', '${user?.id}');
select id, name, color, description from tags where name = 'bench ' || :n for update;
update tags set name = 'bench ' || :n, color = '#16a34a', description = 'now' where name = 'bench ' || :n;
insert into audit_logs (actor_kind, actor_user_id, session_id, event_type, action, entity_type, entity_id, status,
  ip_address, source, changes, metadata, request_id)
values ('user', '${user?.id}', '${user?.sessionId}', 'tag.updated', 'updated', 'tag', '${user?.id}', 'success',
  '127.0.0.1', 'web', '{"before":{"name":"bench","color":"#16a34a","description":"now"},"after":{"name":"bench","color":"#16a34a","description":"now"}}',
  '{}', '${user?.id}');
select id, name, color, description,
       (select count(*)::int from device_tags dt join devices d on d.id = dt.device_id where dt.tag_id = tags.id and d.deleted_at is null) as devices,
       (select count(*)::int from enrolment_token_tags et join enrolment_tokens t on t.id = et.enrolment_token_id where et.tag_id = tags.id and t.revoked_at is null and t.expires_at > now() and t.usage_current < t.usage_limit) as tokens,
       created_at
  from tags where name = 'bench ' || :n;
commit;`;

/** One update of each tag, over and over. */
function requests(): string {
  const file = join(mkdtempSync(join(tmpdir(), "keyward-bench-")), "requests");
  const head = [
    "POST /api/trpc/tags.update",
    "content-type: application/json",
    "sec-fetch-site: same-origin",
    `cookie: ${bench.cookie}`,
  ];
  const bodies = tags.map(({ id }, index) =>
    JSON.stringify({ id, name: `bench ${index + 1}`, color: "#16a34a", description: "now" }),
  );
  writeFileSync(file, bodies.map((body) => `${head.join("\n")}\n\n${body}`).join("\0"));
  return file;
}

const replay = join(import.meta.dirname, "lib", "replay.lua");
const rates = await measure([
  { name: FLOOR, run: () => pgbench({ url: bench.databaseUrl, sql: transaction }) },
  { name: SUBJECT, run: () => wrk({ url: bench.url, script: [replay, requests()] }) },
]);
report("audited-write: a change with its audit row", {
  rates,
  subject: SUBJECT,
  targets: [{ of: FLOOR, atLeast: 0.4 }],
});
await bench.stop();
