import { createHash } from "node:crypto";
import { startChild } from "./lib/child";
import { startBench } from "./lib/keyward";
import { measure, report } from "./lib/rounds";
import { wrk } from "./lib/wrk";

const TOKEN = "a token of the floor";
const FLOOR = "node:http with a session join";
const SUBJECT = "Keyward account.me";

const bench = await startBench();
const floor = await startChild("floors/node-http.ts", [bench.databaseUrl]);
const hash = createHash("sha256").update(TOKEN).digest("hex");
await bench.sql`select set_config('app.scope', 'system', false)`;
await bench.sql`update sessions set token_hash = ${hash}`;

const rates = await measure([
  { name: "node:http with no work", run: () => wrk({ url: `${floor.url}/nothing` }) },
  { name: FLOOR, run: () => wrk({ url: `${floor.url}/session`, headers: { "x-token": TOKEN } }) },
  { name: SUBJECT, run: () => wrk({ url: `${bench.url}/api/trpc/account.me`, headers: { cookie: bench.cookie } }) },
]);
report("session-check: who is signed in", { rates, subject: SUBJECT, targets: [{ of: FLOOR, atLeast: 0.6 }] });
floor.stop();
await bench.stop();
