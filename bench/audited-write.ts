import { randomUUID } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDirectus } from "./lib/directus";
import { startBench } from "./lib/keyward";
import { type Peer, startPeers } from "./lib/peer";
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

/** Where `replay.lua` finds one request for each body, over and over. */
function requests(head: string, bodies: readonly { path: string; body: unknown }[]): string {
  const file = join(mkdtempSync(join(tmpdir(), "keyward-bench-")), "requests");
  const text = bodies.map(({ path, body }) => head.replace("PATH", path) + JSON.stringify(body));
  writeFileSync(file, text.join("\0"));
  return file;
}

const updates = () =>
  requests(
    `POST PATH\ncontent-type: application/json\nsec-fetch-site: same-origin\ncookie: ${bench.cookie}\n\n`,
    tags.map(({ id }, index) => ({
      path: "/api/trpc/tags.update",
      body: { id, name: `bench ${index + 1}`, color: "#16a34a", description: "now" },
    })),
  );

/** As many items in a collection of the same columns, which Directus accounts for with activity and revision. */
async function tagsInDirectus(peer: Peer): Promise<void> {
  const field = (name: string) => ({ field: name, type: "string" });
  const id = { field: "id", type: "integer", schema: { is_primary_key: true, has_auto_increment: true } };
  const response = await fetch(`${peer.url}/collections`, {
    method: "POST",
    headers: { ...peer.headers, "content-type": "application/json" },
    body: JSON.stringify({
      collection: "tags",
      schema: {},
      meta: { accountability: "all" },
      fields: [id, field("name"), field("color"), field("description")],
    }),
  });
  if (!response.ok) throw new Error(`Directus made no collection: ${await response.text()}`);
  await peer.sql`insert into tags (name) select 'bench ' || n from generate_series(1, ${TAGS}) n`;
}

const patches = ({ headers }: Peer) =>
  requests(
    `PATCH PATH\ncontent-type: application/json\nauthorization: ${headers.authorization}\n\n`,
    tags.map((_, index) => ({
      path: `/items/tags/${index + 1}`,
      body: { name: `bench ${index + 1}`, color: "#16a34a", description: `now ${randomUUID()}` },
    })),
  );

const replay = join(import.meta.dirname, "lib", "replay.lua");
const peers = await startPeers(bench, [
  {
    name: "Directus 11 PATCH with its activity",
    atLeast: 5,
    async start(to) {
      const peer = await startDirectus(to);
      await tagsInDirectus(peer);
      return peer;
    },
    run: (peer) => wrk({ url: peer.url, script: [replay, patches(peer)] }),
  },
]);
const file = updates();
const rates = await measure([
  { name: FLOOR, run: () => pgbench({ url: bench.databaseUrl, sql: transaction }) },
  { name: SUBJECT, run: () => wrk({ url: bench.url, script: [replay, file] }) },
  ...peers.contestants,
]);
report("audited-write: a change with its audit row", {
  rates,
  subject: SUBJECT,
  targets: [{ of: FLOOR, atLeast: 0.4 }, ...peers.targets],
});
await peers.stop();
await bench.stop();
