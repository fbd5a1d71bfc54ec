import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { expired, refreshClaims } from "@/server/testing/tokens";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let user: factories.TestUser;
beforeAll(async () => {
  world = await createWorld();
  user = await factories.user();
});
afterAll(() => world.end());

const statusOf = async (browser: Browser) => (await browser.call("account.me")).status;
const tokensOf = (browser: Browser) => [browser.cookie("kw-at"), browser.cookie("kw-rt")];

/** A request whose answer takes its time: the browser adopts its cookies when it `arrives`. */
async function late(browser: Browser, ask: (sent: Browser) => Promise<Response>) {
  const answer = await ask(browser.copy());
  return { answer, arrives: () => browser.adopt(answer.headers.getSetCookie()) };
}

const refresh = (sent: Browser) => sent.refresh();

describe("T6: whatever the order in which answers set their cookies", () => {
  it("parallel renewals leave the browser signed in", async () => {
    const browser = await world.browser(user);
    const answers = await Promise.all(Array.from({ length: 6 }, () => late(browser, refresh)));
    for (const { arrives } of answers.toReversed()) arrives();
    expect(refreshClaims(browser.cookie("kw-rt")).generation).toBe(2);
    expect(await statusOf(browser)).toBe(200);
    expect((await browser.refresh()).status).toBe(204);
  });

  it("an older renewal that arrives after a newer one leaves the browser signed in", async () => {
    const browser = await world.browser(user);
    const older = await late(browser, refresh);
    older.arrives();
    await browser.refresh();
    older.arrives();
    expect(refreshClaims(browser.cookie("kw-rt")).generation).toBe(2);
    expect(await statusOf(browser)).toBe(200);
    browser.setCookie("kw-at", await expired(browser.cookie("kw-at")));
    expect(await statusOf(browser)).toBe(200);
    expect(refreshClaims(browser.cookie("kw-rt")).generation).toBe(3);
  });

  it("E1: a renewal of the session before that arrives after a new sign-in opens nothing, and signing in again works", async () => {
    const browser = await world.browser(user);
    const old = await late(browser, refresh);
    await browser.signIn(user);
    expect(await statusOf(browser)).toBe(200);
    old.arrives();
    expect(await statusOf(browser)).toBe(401);
    expect(tokensOf(browser)).toEqual(["", ""]);
    await browser.signIn(user);
    expect(await statusOf(browser)).toBe(200);
    expect((await browser.refresh()).status).toBe(204);
  });

  it("E2: a renewal that arrives after signing out brings cookies back and no session", async () => {
    const browser = await world.browser(user);
    const renewal = await late(browser, refresh);
    await browser.signOut();
    renewal.arrives();
    expect(tokensOf(browser)).not.toContain("");
    expect(await statusOf(browser)).toBe(401);
    expect(tokensOf(browser)).toEqual(["", ""]);
  });

  it("a refusal of the session before that arrives after a new sign-in signs out cleanly, and signing in again works", async () => {
    const browser = await world.browser(user);
    const before = browser.copy();
    await browser.signIn(user);
    const refusal = await before.refresh();
    expect(refusal.status).toBe(401);
    browser.adopt(refusal.headers.getSetCookie());
    expect(tokensOf(browser)).toEqual(["", ""]);
    await browser.signIn(user);
    expect(await statusOf(browser)).toBe(200);
  });
});
