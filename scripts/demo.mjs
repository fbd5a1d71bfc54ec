// `npm run demo`: Keyward with a believable organisation in a database of its own under `.keyward/demo`. What you change
// stays until that folder is deleted.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepare } from "./lib/prepare.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
await prepare(root, fileURLToPath(import.meta.url));

const dataDir = join(root, ".keyward", "demo");
const passwordFile = join(dataDir, "admin-password");
mkdirSync(dataDir, { recursive: true });
if (!existsSync(passwordFile)) writeFileSync(passwordFile, randomBytes(12).toString("base64url"), { mode: 0o600 });
const password = readFileSync(passwordFile, "utf8");

const { startEmbeddedPostgres } = await import("./lib/embedded-postgres.mjs");
const database = await startEmbeddedPostgres({ dataDir: join(dataDir, "postgres") });
Object.assign(process.env, {
  DATABASE_URL: database.url,
  KEYWARD_DATA_DIR: dataDir,
  KEYWARD_INIT_ADMIN_USERNAME: "demo",
  KEYWARD_INIT_ADMIN_PASSWORD: password,
});

/** Fills the database once the server has made its tables and its administrator. */
async function fill() {
  const { default: postgres } = await import("postgres");
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  try {
    const [state] = await sql`select (select count(*)::int from devices) as devices`;
    if (state.devices === 0) {
      const script = (name) => readFileSync(join(root, "scripts", "demo", name), "utf8");
      await sql.begin((tx) => tx.unsafe(script("organisation.sql") + script("network.sql")));
      await sql.unsafe(script("in-sync.sql"));
    }
    const [counts] = await sql`
      select (select count(*)::int from users) as users, (select count(*)::int from devices) as devices,
             (select count(*)::int from wireguard_peers) as tunnels`;
    process.stdout.write(
      `\n  ${counts.users} people, ${counts.devices} devices and ${counts.tunnels} tunnels. Sign in as demo with ${password}\n\n`,
    );
  } finally {
    await sql.end();
  }
}

async function untilReady(url) {
  for (;;) {
    const isReady = await fetch(`${url}/api/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

process.once("exit", () => process.kill(database.pid, "SIGINT"));
await import("./start.mjs");
await untilReady(`http://localhost:${process.env.KEYWARD_PORT ?? process.env.PORT ?? 3000}`);
await fill();
