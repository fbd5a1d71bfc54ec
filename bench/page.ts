import { join } from "node:path";
import { fill } from "@/server/testing/bulk";
import { startBench } from "./lib/keyward";
import { startNextApp } from "./lib/next-app";
import { measure, report } from "./lib/rounds";
import { wrk } from "./lib/wrk";

const DEVICES = 100_000;
const OWNERS = 10_000;
const TAGS = 20;
const FLOOR = "a bare dynamic page with the same SQL";
const SUBJECT = "Keyward /devices";
const root = join(import.meta.dirname, "..");

const bench = await startBench();
await fill(
  bench.sql,
  "users",
  (tx) => tx`
    insert into users (username, display_name, status)
    select 'user' || n, 'Person ' || n, 'active' from generate_series(1, ${OWNERS}) n`,
);
await fill(
  bench.sql,
  "devices",
  (tx) => tx`
    insert into devices (user_id, name, status, platform, os_version, app_version, last_seen_at, created_at)
    select u.ids[1 + n % ${OWNERS}::int], 'machine-' || lpad(n::text, 6, '0'), 'active', 'linux', 'Debian 13', '0.1.0',
           now() - n * interval '1 minute', now() - n * interval '7 minutes'
      from generate_series(1, ${DEVICES}) n, (select array_agg(id) as ids from users) u`,
);
await bench.sql`insert into tags (name) select 'tag ' || n from generate_series(1, ${TAGS}) n`;
await fill(
  bench.sql,
  "device_tags",
  (tx) => tx`
    insert into device_tags (device_id, tag_id)
    select d.id, t.ids[1 + (right(d.name, 4)::int) % ${TAGS}::int] from devices d, (select array_agg(id) as ids from tags) t`,
);
await bench.sql`vacuum analyze tags`;

const floor = await startNextApp({
  source: join(root, "bench", "floors", "next-page"),
  modules: join(root, "node_modules"),
  env: { DATABASE_URL: bench.databaseUrl },
});

interface Page {
  url: string;
  headers?: Record<string, string>;
}

/** Asks once: a page that is a redirect or has no rows is not measured. */
async function sizeOf({ url, headers = {} }: Page): Promise<string> {
  const response = await fetch(url, { headers, redirect: "manual" });
  const html = await response.text();
  const rows = new Set(html.match(/machine-\d{6}/g)).size;
  if (response.status !== 200 || rows !== 25)
    throw new Error(`${url} answered ${response.status} with ${rows} devices`);
  return `${(Buffer.byteLength(html) / 1024).toFixed(0)} KiB`;
}

const own = { url: `${bench.url}/devices`, headers: { cookie: bench.cookie } };
const sizes = `${await sizeOf(own)} of HTML, the floor's ${await sizeOf(floor)}`;
const rates = await measure([
  { name: FLOOR, run: () => wrk(floor) },
  { name: SUBJECT, run: () => wrk(own) },
]);
report(`page: 25 of 100,000 devices (${sizes})`, { rates, subject: SUBJECT, targets: [{ of: FLOOR, atLeast: 0.7 }] });
await floor.stop();
await bench.stop();
