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
  const { access_token: token } = await ask(`${url}/auth/login`, ADMIN);
  return { url, headers: { authorization: `Bearer ${token}` }, sql, stop };
}

/** What Directus calls a session, and rotates. */
interface Tokens {
  access_token: string;
  refresh_token: string;
}

async function ask(url: string, body: Record<string, string>): Promise<Tokens> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body), headers });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { data: Tokens }).data;
}

/** Rotations per second of so many sessions, each of which can only rotate what it got last. */
export async function directusRotations({ url }: Peer, sessions: number, seconds: number): Promise<number> {
  const started = await Promise.all(Array.from({ length: sessions }, () => ask(`${url}/auth/login`, ADMIN)));
  const until = performance.now() + seconds * 1000;
  let rotations = 0;
  const follow = async ({ refresh_token: first }: Tokens) => {
    let token = first;
    while (performance.now() < until) {
      ({ refresh_token: token } = await ask(`${url}/auth/refresh`, { refresh_token: token, mode: "json" }));
      rotations += 1;
    }
  };
  await Promise.all(started.map(follow));
  return rotations / seconds;
}
