import { mkdtempSync, rmSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres, { type Sql } from "postgres";
import { type RunningServer, startServer } from "@/e2e/fixtures/server";
import { startEmbeddedPostgres } from "../../scripts/lib/embedded-postgres.mjs";

export interface Bench {
  url: string;
  databaseUrl: string;
  /** The database as its owner. */
  sql: Sql;
  server: RunningServer;
  /** The `Cookie` header of a signed-in administrator. */
  readonly cookie: string;
  /** Signs in anew: an access token does not outlive what else is prepared. */
  signIn(): Promise<void>;
  trpc<Output>(path: string, input?: unknown): Promise<Output>;
  stop(): Promise<void>;
}

const PASSWORD = "eleven quiet herons over water";

/** A browser's cookie jar, no more than a benchmark needs. */
class Jar {
  readonly #values = new Map<string, string>();

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("cookie", this.header);
    headers.set("sec-fetch-site", "same-origin");
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) {
      const pair = cookie.split(";")[0] ?? "";
      this.#values.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    return response;
  }

  get header(): string {
    return [...this.#values].map(([name, value]) => `${name}=${value}`).join("; ");
  }
}

async function signIn(url: string): Promise<Jar> {
  const jar = new Jar();
  const { csrfToken } = (await (await jar.fetch(`${url}/api/auth/csrf`)).json()) as { csrfToken: string };
  const body = new URLSearchParams({ csrfToken, username: "bench", password: PASSWORD, remember: "false" });
  await jar.fetch(`${url}/api/auth/callback/credentials`, { method: "POST", body });
  if (!jar.header.includes("kw-at=")) throw new Error("The benchmark could not sign in");
  return jar;
}

/** The production build on a database of its own, with one administrator signed in. */
export async function startBench(env: Record<string, string> = {}): Promise<Bench> {
  const dataDir = mkdtempSync(join(tmpdir(), "keyward-bench-"));
  await chmod(dataDir, 0o755);
  const database = await startEmbeddedPostgres({ dataDir: join(dataDir, "postgres") });
  const server = await startServer({
    env: {
      DATABASE_URL: database.url,
      KEYWARD_LOG_LEVEL: "error",
      KEYWARD_INIT_ADMIN_USERNAME: "bench",
      KEYWARD_INIT_ADMIN_PASSWORD: PASSWORD,
      ...env,
    },
  });
  const sql = postgres(database.url, { max: 4, onnotice: () => undefined });
  let jar = await signIn(server.url);
  return {
    url: server.url,
    databaseUrl: database.url,
    sql,
    server,
    get cookie() {
      return jar.header;
    },
    async signIn() {
      jar = await signIn(server.url);
    },
    async trpc<Output>(path: string, input?: unknown): Promise<Output> {
      const init = {
        method: "POST",
        body: JSON.stringify(input ?? null),
        headers: { "content-type": "application/json" },
      };
      const answer = (await (await jar.fetch(`${server.url}/api/trpc/${path}`, init)).json()) as {
        result?: { data: Output };
        error?: { message: string };
      };
      if (!answer.result) throw new Error(`${path}: ${answer.error?.message}`);
      return answer.result.data;
    },
    async stop() {
      await sql.end({ timeout: 5 });
      await server.stop();
      await database.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
