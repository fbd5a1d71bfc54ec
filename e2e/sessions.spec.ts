import { expect, type Page } from "@playwright/test";
import { inDatabase } from "./fixtures/database";
import { signIn, trpc } from "./fixtures/organisation";
import { browserOf, newPerson, type Person } from "./fixtures/people";
import type { RunningServer } from "./fixtures/server";
import { test } from "./fixtures/server-with-admin";
import { letAccessTokenEnd, refreshTokenOf } from "./fixtures/tokens";

/** Who acts to end the session of another browser. */
interface Scene {
  admin: Page;
  person: Person;
  /** The person's other browser. */
  here: Page;
}

const causes: { name: string; happens(scene: Scene): Promise<unknown> }[] = [
  {
    name: "the password is changed in another browser",
    happens: ({ here, person }) =>
      trpc(here, "account.changePassword", {
        currentPassword: person.password,
        newPassword: "another long walk uphill",
      }),
  },
  {
    name: "an administrator renews the security stamp",
    happens: ({ admin, person }) => trpc(admin, "users.rotateStamp", { id: person.id }),
  },
  {
    name: "an administrator suspends the user",
    happens: ({ admin, person }) => trpc(admin, "users.suspend", { id: person.id }),
  },
  {
    name: "the user ends the other sessions",
    happens: ({ here }) =>
      here.request.post("/api/trpc/sessions.revokeOthers", {
        headers: { "sec-fetch-site": "same-origin", "content-type": "application/json" },
      }),
  },
];

for (const { name, happens } of causes) {
  test(`when ${name}, the other browser is at the sign-in page by itself`, async ({ page: admin, browser }) => {
    await signIn(admin);
    const person = await newPerson(admin, "viewer");
    const there = await browserOf(person, { browser, path: "/users" });
    const here = await browserOf(person, { browser, path: "/account/profile" });
    await expect(there.getByRole("heading", { level: 1, name: "Users" })).toBeVisible();
    await happens({ admin, person, here });

    const answer = await there.request.get("/api/trpc/account.me");
    expect(answer.status()).toBe(401);
    await expect(there.getByRole("heading", { name: "Sign in" })).toBeVisible();
    expect(new URL(there.url()).searchParams.get("next")).toBe("/users");
    expect((await there.context().cookies()).filter(({ name: cookie }) => /kw-(at|rt)$/.test(cookie))).toEqual([]);
  });
}

/** How often the session's refresh token was exchanged, by the database. */
async function generationOf(server: RunningServer, sessionId: string): Promise<number> {
  const [row] = await inDatabase(
    server,
    (sql) => sql`select generation from refresh_tokens where session_id = ${sessionId}`,
  );
  return row?.generation;
}

const ages = [
  { name: "about to end", seconds: 20 },
  { name: "over", seconds: -60 },
];

for (const { name, seconds } of ages) {
  test(`T5: an access token that is ${name} is renewed once for the page, its server components and its calls`, async ({
    page,
    server,
  }) => {
    await signIn(page);
    const context = page.context();
    await letAccessTokenEnd(context, server, seconds);
    const before = await refreshTokenOf(context);
    // From the first moment of the document, while it is still being received.
    await page.addInitScript(() => {
      const ask = async () => {
        const answer = await fetch("/api/trpc/account.me");
        await answer.text();
        return answer.status;
      };
      Object.assign(window, { asked: Promise.all([ask(), ask(), ask()]) });
    });
    const answer = await page.goto("/users");
    expect(answer?.status()).toBe(200);
    await expect(page.getByRole("row").filter({ hasText: "ada" })).toBeVisible();
    expect(await page.evaluate(() => Reflect.get(window, "asked"))).toEqual([200, 200, 200]);
    const after = await refreshTokenOf(context);
    expect(after).toEqual({ ...before, generation: before.generation + 1 });
    expect(await generationOf(server, before.sessionId)).toBe(before.generation + 1);
  });
}

test("T4: tabs that open at the same time with a token that is over all stay signed in", async ({ page, server }) => {
  await signIn(page);
  const context = page.context();
  await letAccessTokenEnd(context, server, -60);
  const before = await refreshTokenOf(context);
  const paths = ["/users", "/devices", "/overview", "/account/profile"];
  const tabs = await Promise.all(paths.map(() => context.newPage()));
  await Promise.all(tabs.map((tab, at) => tab.goto(paths[at] ?? "/")));
  for (const tab of tabs) await expect(tab.getByRole("button", { name: /^Account of/ })).toBeVisible();
  expect(await generationOf(server, before.sessionId)).toBe(before.generation + 1);
  for (const tab of tabs) await tab.reload();
  for (const tab of tabs) await expect(tab.getByRole("button", { name: /^Account of/ })).toBeVisible();
});

test("pages fetched ahead of time renew nothing", async ({ page, server }) => {
  await signIn(page);
  const context = page.context();
  // Nothing else of the application may run.
  await page.goto("about:blank");
  await letAccessTokenEnd(context, server, 20);
  const before = await refreshTokenOf(context);
  const hints: Record<string, string>[] = [{ "next-router-prefetch": "1", rsc: "1" }, { "sec-purpose": "prefetch" }];
  for (const headers of hints) {
    const answer = await page.request.get("/users", { headers, maxRedirects: 0 });
    expect(answer.headers()["set-cookie"]).toBeUndefined();
  }
  expect(await generationOf(server, before.sessionId)).toBe(before.generation);
});
