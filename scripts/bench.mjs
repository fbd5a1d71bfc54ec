// `npm run bench [row …]`: the rows of bench/, each against its floor in one run; `npm run bench [row …] --peers` also
// against other products, installed below .keyward/bench-peers. Needs wrk and pgbench: Debian's wrk and postgresql-15.
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepare } from "./lib/prepare.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
await prepare(root, fileURLToPath(import.meta.url));
const { ensureBuilt } = await import("./lib/build.mjs");
await ensureBuilt(root);

for (const tool of ["wrk", "pgbench"]) {
  try {
    execFileSync("which", [tool], { stdio: "ignore" });
  } catch {
    process.stderr.write(`${tool} is missing: apt-get install wrk postgresql\n`);
    process.exit(1);
  }
}

const rows = readdirSync(join(root, "bench")).filter((file) => file.endsWith(".ts"));
const wanted = process.argv.slice(2).filter((argument) => argument !== "--peers");
// npm takes the flag for its own where no `--` stands before it.
if (process.argv.includes("--peers") || process.env.npm_config_peers) process.env.BENCH_PEERS = "1";
const unknown = wanted.find((name) => !rows.includes(`${name}.ts`));
if (unknown) {
  process.stderr.write(`There is no row ${unknown}. Rows: ${rows.map((file) => file.slice(0, -3)).join(", ")}\n`);
  process.exit(1);
}
let failed = 0;
for (const row of rows) {
  if (wanted.length > 0 && !wanted.includes(row.slice(0, -3))) continue;
  const { status } = spawnSync(process.execPath, ["--import", "tsx", join("bench", row)], { stdio: "inherit" });
  if (status !== 0) failed++;
}
process.exit(failed > 0 ? 1 : 0);
