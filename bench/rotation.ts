import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directusRotations, startDirectus } from "./lib/directus";
import { startBench } from "./lib/keyward";
import { startPeers } from "./lib/peer";
import { pgbench } from "./lib/pgbench";
import { measure, report } from "./lib/rounds";
import { CONNECTIONS, SECONDS, wrk } from "./lib/wrk";

/** So many that one session's rotations are far apart: they are sent in order, not one after the other. */
const SESSIONS = 1000;
/** More than are rotated in one round; a token sent twice would be the end of its session. */
const GENERATIONS = Number(process.env.BENCH_GENERATIONS ?? 60);
const FLOOR = "its UPDATE in pgbench";
const SUBJECT = "Keyward POST /api/auth/refresh";

const bench = await startBench();
const [keyId = "", key = ""] = readFileSync(join(bench.server.dataDir, "secrets", "refresh-key"), "utf8").split(":");
const secret = Buffer.from(key, "base64");

// Two halves, so that neither side's rotations are in the other's way.
await bench.sql.begin(async (tx) => {
  await tx`select set_config('app.scope', 'system', true)`;
  await tx`insert into users (username, password_hash, status)
    select 'bench' || n, md5(n::text), 'active' from generate_series(1, ${2 * SESSIONS}) n`;
  await tx`insert into sessions (user_id, token_hash, idle_expires_at, expires_at)
    select id, encode(sha256(id::text::bytea), 'hex'), now() + interval '1 hour', now() + interval '1 day'
      from users where username like 'bench_%'`;
  await tx`insert into refresh_tokens (session_id, user_id, token_hash, expires_at)
    select s.id, s.user_id, s.token_hash, s.expires_at from sessions s join users u on u.id = s.user_id
     where u.username like 'bench_%'`;
  await tx`create table bench_sessions as
    select row_number() over (order by s.id)::int as n, s.id from sessions s join users u on u.id = s.user_id
     where u.username like 'bench_%'`;
  await tx`alter table bench_sessions add primary key (n)`;
});
await bench.sql`analyze`;

const transaction = `
\\set n random(1, ${SESSIONS})
select rotated.session_id from bench_sessions b join refresh_tokens r on r.session_id = b.id,
  authority_rotate(r.session_id, r.generation, md5(r.id::text) || md5(r.generation::text)) rotated where b.n = :n;`;

function token(sessionId: string, generation: number): string {
  const mac = createHmac("sha256", secret).update(`rt1|${keyId}|${sessionId}|${generation}`).digest("base64url");
  return ["rt1", keyId, sessionId, generation, mac].join(".");
}

/** The coming generations of every session, generation by generation. */
async function requests(): Promise<string> {
  const sessions = await bench.sql<{ id: string; generation: number }[]>`
    select b.id, r.generation from bench_sessions b join refresh_tokens r on r.session_id = b.id where b.n > ${SESSIONS}`;
  const head = "POST /api/auth/refresh\nsec-fetch-site: same-origin\ncookie: __Host-kw-rt=";
  const lines = Array.from({ length: GENERATIONS }, (_, ahead) =>
    sessions.map(({ id, generation }) => `${head}${token(id, generation + ahead)}\n\n`),
  );
  const file = join(mkdtempSync(join(tmpdir(), "keyward-bench-")), "requests");
  // wrk makes one request before it begins, and never sends it.
  const [unsent = "", ...rest] = lines.flat();
  writeFileSync(file, [unsent, unsent, ...rest].join("\0"));
  return file;
}

// better-auth and NextAuth rotate no refresh tokens.
const peers = await startPeers(bench, [
  {
    name: "Directus 11 /auth/refresh",
    atLeast: 3,
    start: startDirectus,
    run: (peer) => directusRotations(peer, CONNECTIONS, SECONDS),
  },
]);
const replay = join(import.meta.dirname, "lib", "replay.lua");
const rates = await measure([
  { name: FLOOR, run: () => pgbench({ url: bench.databaseUrl, sql: transaction }) },
  { name: SUBJECT, run: async () => wrk({ url: bench.url, script: [replay, await requests()] }) },
  ...peers.contestants,
]);
const [{ rotations = 0 } = {}] = await bench.sql<{ rotations: number }[]>`
  select sum(r.generation - 1)::int as rotations from bench_sessions b join refresh_tokens r on r.session_id = b.id
   where b.n > ${SESSIONS}`;
console.log(`\n${rotations} rotations through the server, by the database`);
report("rotation: a refresh token for its successor", {
  rates,
  subject: SUBJECT,
  targets: [{ of: FLOOR, atLeast: 0.5 }, ...peers.targets],
});
await peers.stop();
await bench.stop();
