import { afterAll, beforeAll, expect, it } from "vitest";
import { useAddress } from "@/server/testing/address";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  useAddress("https://keyward.example.com");
  world = await createWorld();
});
afterAll(() => world.end());

it("behind HTTPS every cookie is prefixed and for secure connections only", async () => {
  const browser = await world.browser();
  const answers = [await browser.fetch("/api/auth/csrf"), await browser.signIn(await factories.user())];
  const lines = answers.flatMap((answer) => answer.headers.getSetCookie());
  expect(lines.length).toBeGreaterThanOrEqual(4);
  for (const line of lines) expect(line).toMatch(/^__(Host|Secure)-.*; Secure/);
});

it("behind HTTPS cookies without the prefix are nobody's", async () => {
  const browser = await world.browser(await factories.user());
  const bare = await world.browser();
  for (const [name, value] of browser.cookies) bare.cookies.set(name.replace("__Host-", ""), value);
  expect((await bare.call("account.me")).status).toBe(401);
  expect((await browser.call("account.me")).status).toBe(200);
});

it("a link leads to the configured address, whatever host a request named", async () => {
  const admin = await world.browser(await factories.user({ roles: ["admin"] }));
  const headers = { host: "evil.example", "x-forwarded-host": "evil.example", "content-type": "application/json" };
  const body = JSON.stringify({ username: factories.unique("guest") });
  const answer = await admin.fetch("/api/trpc/users.create", { method: "POST", headers, body });
  const { result } = await answer.json();
  expect(new URL(result.data.url).origin).toBe("https://keyward.example.com");
});
