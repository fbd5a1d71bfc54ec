import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { startChild } from "./lib/child";
import { startBench } from "./lib/keyward";
import { measure, report } from "./lib/rounds";
import { wrk } from "./lib/wrk";

const DEVICES = 100_000;
const FLOOR = "a bare dynamic page with the same SQL";
const SUBJECT = "Keyward device list";

const root = join(import.meta.dirname, "..");
const barePage = join(import.meta.dirname, "floors", "bare-page");
execFileSync(process.execPath, [join(root, "node_modules", "next", "dist", "bin", "next"), "build", barePage], {
  env: { ...process.env, NODE_ENV: "production" },
  stdio: "ignore",
});

const bench = await startBench();
await bench.sql`insert into devices (name, status, platform, os_version, app_version, last_seen_at)
  select 'device-' || lpad(n::text, 6, '0'), 'active', 'linux', 'Debian GNU/Linux 13', '0.1.0', now() from generate_series(1, ${DEVICES}) n`;
await bench.sql`analyze devices`;
const floor = await startChild("floors/bare-page-server.ts", [bench.databaseUrl]);

const rates = await measure([
  { name: FLOOR, run: () => wrk({ url: floor.url }) },
  { name: SUBJECT, run: () => wrk({ url: `${bench.url}/devices`, headers: { cookie: bench.cookie } }) },
]);
report("page: 25 of 100,000 devices as HTML", { rates, subject: SUBJECT, targets: [{ of: FLOOR, atLeast: 0.7 }] });
floor.stop();
await bench.stop();
