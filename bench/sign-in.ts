import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hash } from "@node-rs/argon2";
import { ARGON2, HASH_THREADS } from "@/server/auth/hash-threads";
import { type Bench, startBench } from "./lib/keyward";
import { measure, report } from "./lib/rounds";
import { CONNECTIONS, wrk, wrkP99 } from "./lib/wrk";

/** More than sign in during a measurement, so that nobody's own budget of attempts is in the way. */
const USERS = 2000;
const PASSWORD = "eleven quiet herons over water";
const SECONDS = Number(process.env.BENCH_SECONDS ?? 4);
const FLOOR = `argon2id verifies, 19 MiB, t=2, p=1, ${HASH_THREADS} at a time`;
const FLOOR_OF_ALL = "the same, as many at a time as there are sign-ins";
const SUBJECT = "Keyward sign-ins";
const P99_TARGET = 3;

const run = promisify(execFile);
const replay = join(import.meta.dirname, "lib", "replay.lua");

async function verifies(atATime: number): Promise<number> {
  const script = join(import.meta.dirname, "floors", "argon2.ts");
  const args = ["--import", "tsx", script, String(atATime), String(SECONDS)];
  return Number((await run(process.execPath, args)).stdout);
}

/** One sign-in of every user, as the page sends it. */
async function signIns({ url, sql }: Bench): Promise<string> {
  const stored = await hash(PASSWORD, ARGON2);
  await sql`insert into users (username, password_hash, status)
    select 'bench-' || n, ${stored}, 'active' from generate_series(1, ${USERS}) n`;
  const csrf = await fetch(`${url}/api/auth/csrf`);
  const { csrfToken } = (await csrf.json()) as { csrfToken: string };
  const cookies = csrf.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
  const head = [
    "POST /api/auth/callback/credentials",
    "content-type: application/x-www-form-urlencoded",
    "x-auth-return-redirect: 1",
    "sec-fetch-site: same-origin",
    `cookie: ${cookies.join("; ")}`,
  ].join("\n");
  const bodies = Array.from({ length: USERS }, (_, at) =>
    new URLSearchParams({ csrfToken, username: `bench-${at + 1}`, password: PASSWORD, remember: "false" }).toString(),
  );
  const file = join(mkdtempSync(join(tmpdir(), "keyward-bench-")), "requests");
  writeFileSync(file, bodies.map((body) => `${head}\n\n${body}`).join("\0"));
  return file;
}

/** A refused sign-in is a 200 to NextAuth, so the audit log tells. */
async function requireAllStarted({ sql }: Bench): Promise<void> {
  const rows = await sql`select event_type as event, count(*)::int as count from audit_logs
    where event_type in ('session.started', 'session.refused') group by 1`;
  if (rows.length !== 1 || rows[0]?.event !== "session.started") throw new Error(JSON.stringify(rows));
}

/** How much longer another request takes while everybody signs in. */
async function reportOthers({ url, cookie }: Bench, storm: () => Promise<number>): Promise<void> {
  const me = { url: `${url}/api/trpc/account.me`, headers: { cookie }, connections: 1 };
  const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
  const pairs: { idle: number; during: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const idle = await wrkP99(me);
    const [during] = await Promise.all([wrkP99(me), storm()]);
    pairs.push({ idle, during });
  }
  const sorted = pairs.sort((a, b) => a.during / a.idle - b.during / b.idle);
  const { idle, during } = sorted[Math.floor(sorted.length / 2)] ?? { idle: Number.NaN, during: Number.NaN };
  const ratio = during / idle;
  console.log("  account.me meanwhile, p99 in the median round");
  console.log(`    idle ${idle.toFixed(2)} ms, during the storm ${during.toFixed(2)} ms`);
  console.log(
    `    ratio ${ratio.toFixed(1)} (${pairs.map((pair) => (pair.during / pair.idle).toFixed(1)).join(", ")}), target < ${P99_TARGET}: ${ratio < P99_TARGET ? "met" : "NOT MET"}`,
  );
}

const bench = await startBench();
const file = await signIns(bench);
const storm = () => wrk({ url: bench.url, script: [replay, file] });
const rates = await measure([
  { name: FLOOR, run: () => verifies(HASH_THREADS) },
  { name: FLOOR_OF_ALL, run: () => verifies(CONNECTIONS) },
  { name: SUBJECT, run: storm },
]);
report("sign-in: from the form to the session", { rates, subject: SUBJECT, targets: [{ of: FLOOR, atLeast: 0.85 }] });
await reportOthers(bench, storm);
await requireAllStarted(bench);
await bench.stop();
