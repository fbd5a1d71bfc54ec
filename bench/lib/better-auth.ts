import { freePort } from "../../scripts/lib/embedded-postgres.mjs";
import { startService } from "./command";
import type { Bench } from "./keyward";
import { ground, type Peer } from "./peer";

/** better-auth behind node:http with one person signed in. */
export async function startBetterAuth(bench: Bench): Promise<Peer> {
  const { directory: cwd, databaseUrl, sql } = await ground("better-auth", bench);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    BETTER_AUTH_URL: url,
    BETTER_AUTH_SECRET: "a secret of the benchmark and of nobody else",
  };
  const { stop } = await startService({ cwd, args: ["server.mjs"], env, ready: `${url}/api/auth/ok` });
  const response = await fetch(`${url}/api/auth/sign-up/email`, {
    method: "POST",
    body: JSON.stringify({ name: "Bench", email: "bench@example.com", password: "eleven quiet herons over water" }),
    headers: { "content-type": "application/json", origin: url },
  });
  const cookie = response.headers.getSetCookie().map((each) => each.split(";")[0]);
  if (cookie.length === 0) throw new Error(`better-auth signed nobody in: ${await response.text()}`);
  return { url, headers: { cookie: cookie.join("; ") }, sql, stop };
}
