import { join } from "node:path";
import { freePort } from "../../scripts/lib/embedded-postgres.mjs";
import { runNode, startService } from "./command";
import type { Bench } from "./keyward";
import { ground, type Peer } from "./peer";

const ADMIN = { email: "bench@example.com", password: "eleven quiet herons over water" };

/** Directus 11 with its administrator signed in by access token, which it answers faster than its session cookie. */
export async function startDirectus(bench: Bench): Promise<Peer> {
  const { directory: cwd, databaseUrl, sql } = await ground("directus", bench);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    HOST: "127.0.0.1",
    PORT: String(port),
    PUBLIC_URL: url,
    DB_CLIENT: "pg",
    DB_CONNECTION_STRING: databaseUrl,
    SECRET: "a secret of the benchmark and of nobody else",
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    ACCESS_TOKEN_TTL: "1d",
    // Under load it would refuse, and it must not phone home.
    PRESSURE_LIMITER_ENABLED: "false",
    TELEMETRY: "false",
    LOG_LEVEL: "error",
  };
  const cli = join("node_modules", "directus", "cli.js");
  await runNode({ cwd, args: [cli, "bootstrap"], env });
  const { stop } = await startService({ cwd, args: [cli, "start"], env, ready: `${url}/server/ping` });
  const response = await fetch(`${url}/auth/login`, {
    method: "POST",
    body: JSON.stringify(ADMIN),
    headers: { "content-type": "application/json" },
  });
  const { data } = (await response.json()) as { data: { access_token: string } };
  return { url, headers: { authorization: `Bearer ${data.access_token}` }, sql, stop };
}
