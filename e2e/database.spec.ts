import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect, type Page } from "@playwright/test";
import { startEmbeddedPostgres } from "../scripts/lib/embedded-postgres.mjs";
import { type ProxyMode, TcpProxy } from "../server/testing/tcp-proxy";
import { ADMIN, signIn } from "./fixtures/organisation";
import { type RunningServer, startServer } from "./fixtures/server";

interface Setup {
  server: RunningServer;
  network: TcpProxy;
}

/** A server whose way to its database can be cut. */
const test = base.extend<{ baseURL: string }, { setup: Setup }>({
  setup: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures it needs from the pattern
    async ({}, use) => {
      const directory = mkdtempSync(join(tmpdir(), "keyward-cut-"));
      chmodSync(directory, 0o755);
      const postgres = await startEmbeddedPostgres({ dataDir: join(directory, "postgres"), flags: { fsync: "off" } });
      const network = await TcpProxy.before(postgres.url);
      const server = await startServer({
        env: {
          DATABASE_URL: network.url,
          KEYWARD_INIT_ADMIN_USERNAME: ADMIN.username,
          KEYWARD_INIT_ADMIN_PASSWORD: ADMIN.password,
        },
      });
      await use({ server, network });
      await server.stop();
      await network.end();
      await postgres.stop();
      rmSync(directory, { recursive: true, force: true });
    },
    { scope: "worker" },
  ],
  baseURL: async ({ setup }, use) => use(setup.server.url),
});

const statusOf = async (page: Page, path: string, init?: { method: string }) =>
  (await page.request.fetch(path, { ...init, headers: { "sec-fetch-site": "same-origin" } })).status();

const modes: ProxyMode[] = ["refuse", "hang-up"];

for (const mode of modes) {
  test(`when the database goes away (${mode}), pages say so, and come back by themselves still signed in`, async ({
    page,
    setup: { network, server },
  }) => {
    await signIn(page);
    const cookies = await page.context().cookies();
    // Requests are under way as it happens, and go on meanwhile.
    const busy = Array.from({ length: 20 }, () => statusOf(page, "/api/trpc/users.list?input=%7B%7D"));
    await network.set(mode);
    for (const status of await Promise.all(busy)) expect([200, 503]).toContain(status);

    const answer = await page.goto("/users");
    expect(answer?.status()).toBe(503);
    expect(Number(answer?.headers()["retry-after"])).toBeGreaterThan(0);
    await expect(page.getByRole("heading", { name: "Keyward cannot reach its database" })).toBeVisible();
    for (const path of ["/api/trpc/account.me", "/api/health/ready", "/sign-in"])
      expect(await statusOf(page, path)).toBe(503);
    expect(await statusOf(page, "/api/auth/refresh", { method: "POST" })).toBe(503);
    expect(await statusOf(page, "/api/health/live")).toBe(200);
    expect(await page.context().cookies()).toEqual(cookies);

    await network.set("open");
    await expect.poll(() => statusOf(page, "/api/health/ready"), { timeout: 30_000 }).toBe(200);
    await page.reload();
    await expect(page.getByRole("row").filter({ hasText: ADMIN.username })).toBeVisible();
    expect(await statusOf(page, "/api/auth/refresh", { method: "POST" })).toBe(204);
    await page.context().clearCookies();
    await signIn(page);
    expect(server.process.exitCode).toBeNull();
  });
}
