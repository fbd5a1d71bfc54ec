import { createHash } from "node:crypto";
import { startBetterAuth } from "./lib/better-auth";
import { startChild } from "./lib/child";
import { startDirectus } from "./lib/directus";
import { startBench } from "./lib/keyward";
import { startNextAuth } from "./lib/next-auth";
import { startPeers } from "./lib/peer";
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

const peers = await startPeers(bench, [
  {
    name: "Directus 11 /users/me",
    atLeast: 10,
    start: startDirectus,
    run: ({ url, headers }) => wrk({ url: `${url}/users/me`, headers }),
  },
  {
    name: "better-auth get-session",
    atLeast: 6,
    start: startBetterAuth,
    run: ({ url, headers }) => wrk({ url: `${url}/api/auth/get-session`, headers }),
  },
  {
    name: "next-auth 4 getServerSession",
    atLeast: 4,
    start: startNextAuth,
    run: ({ url, headers }) => wrk({ url: `${url}/me`, headers }),
  },
]);
const rates = await measure([
  { name: "node:http with no work", run: () => wrk({ url: `${floor.url}/nothing` }) },
  { name: FLOOR, run: () => wrk({ url: `${floor.url}/session`, headers: { "x-token": TOKEN } }) },
  { name: SUBJECT, run: () => wrk({ url: `${bench.url}/api/trpc/account.me`, headers: { cookie: bench.cookie } }) },
  ...peers.contestants,
]);
report("session-check: who is signed in", {
  rates,
  subject: SUBJECT,
  targets: [{ of: FLOOR, atLeast: 0.6 }, ...peers.targets],
});
await peers.stop();
floor.stop();
await bench.stop();
