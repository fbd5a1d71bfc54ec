import { afterAll, beforeAll, expect, it } from "vitest";
import { useAddress } from "@/server/testing/address";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  useAddress("http://keyward.internal:3000");
  world = await createWorld();
});
afterAll(() => world.end());

it("over plain HTTP, where browsers keep no guarded cookies, signing in works all the same", async () => {
  const browser = await world.browser(await factories.user());
  expect([...browser.cookies.keys()].filter((name) => name.includes("kw-")).toSorted()).toEqual([
    "kw-at",
    "kw-did",
    "kw-rt",
  ]);
  expect((await browser.call("account.me")).status).toBe(200);
  expect((await browser.refresh()).status).toBe(204);
});

it("over plain HTTP cookies stay out of reach for scripts and other sites", async () => {
  const browser = await world.browser();
  const answer = await browser.signIn(await factories.user());
  for (const line of answer.headers.getSetCookie()) {
    expect(line).not.toMatch(/^__|Secure/);
    expect(line).toContain("; HttpOnly");
    expect(line).toContain("; SameSite=Lax");
  }
});

it("over plain HTTP signing out ends the session", async () => {
  const browser = await world.browser(await factories.user());
  const before = browser.copy();
  await browser.signOut();
  expect(browser.cookie("kw-at")).toBe("");
  expect((await before.call("account.me")).status).toBe(401);
});
