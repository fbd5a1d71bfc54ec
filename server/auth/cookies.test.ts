import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { cookieNames, isSecureOrigin, parseCookies, withCookies } from "@/server/auth/cookies";
import { useAddress } from "@/server/testing/address";
import { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

describe("the names of the cookies", () => {
  afterEach(() => useAddress(undefined));

  it.each([
    ["https://keyward.example.com", true],
    ["https://keyward.internal:8443", true],
    ["http://localhost:3000", true],
    ["http://127.0.0.1:3000", true],
    ["http://127.8.9.1", true],
    ["http://[::1]:3000", true],
    ["http://keyward.internal:3000", false],
    ["http://192.168.1.20:3000", false],
    ["http://localhost.evil.example", false],
    ["http://127.0.0.1.evil.example", false],
  ])("have the prefix that makes browsers guard them, where browsers can: %s", (url, isSecure) => {
    useAddress(url);
    expect(isSecureOrigin()).toBe(isSecure);
    const prefixed = Object.values(cookieNames()).map((name) => name.startsWith("__Host-"));
    expect(prefixed).toEqual([isSecure, isSecure, isSecure]);
  });
});

describe("a Cookie header", () => {
  it("gives the first of two cookies of a name, and keeps whatever a value holds", () => {
    expect([...parseCookies("a=1; b=x=y==; a=2;  c = d ; =e; f; g=")]).toEqual([
      ["a", "1"],
      ["b", "x=y=="],
      ["c", "d"],
      ["g", ""],
    ]);
    expect(parseCookies(null).size).toBe(0);
  });

  it("is rewritten in place, for what follows in the same request", () => {
    expect(withCookies("a=1; b=2; a=3", { a: "new", b: null, c: "more" })).toBe("a=new; c=more");
    expect(withCookies(null, { a: "1" })).toBe("a=1");
  });
});

describe("the cookies of a session", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.end());

  const attributesOf = (line: string) => line.split("; ").slice(1).toSorted();
  const ageOf = (line: string | undefined) => Number(/Max-Age=(\d+)/.exec(line ?? "")?.[1]);

  async function signedIn(input: { remember?: boolean } = {}) {
    const browser = new Browser();
    const answer = await browser.signIn({ ...(await factories.user()), ...input });
    const line = (name: string) => answer.headers.getSetCookie().find((one) => one.startsWith(`__Host-${name}=`)) ?? "";
    return { browser, answer, line };
  }

  it("are out of reach for scripts, other hosts, plain connections and other sites", async () => {
    const { answer } = await signedIn();
    for (const line of answer.headers.getSetCookie()) {
      expect(line).toMatch(/^__(Host|Secure)-/);
      expect(attributesOf(line)).toEqual(expect.arrayContaining(["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]));
      expect(line).not.toContain("Domain");
      expect(Buffer.byteLength(line.split("; ")[0] ?? "")).toBeLessThanOrEqual(4096);
    }
  });

  it("end with the browser, unless one asked to stay signed in", async () => {
    const { line } = await signedIn();
    expect(attributesOf(line("kw-rt"))).toEqual(["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]);
    const remembered = await signedIn({ remember: true });
    const thirtyDays = 30 * 24 * 3600;
    expect(ageOf(remembered.line("kw-rt"))).toBeGreaterThan(thirtyDays - 60);
    expect(ageOf(remembered.line("kw-rt"))).toBeLessThanOrEqual(thirtyDays);
    const rotated = (await remembered.browser.refresh()).headers.getSetCookie().find((one) => one.includes("kw-rt="));
    expect(ageOf(rotated)).toBeGreaterThan(thirtyDays - 120);
  });

  it("never outlive the session, whatever its tokens are renewed", async () => {
    const { browser, line } = await signedIn();
    expect(ageOf(line("kw-at"))).toBeLessThanOrEqual(24 * 3600);
    await world.database.sql`update sessions set expires_at = now() + interval '100 s' where revoked_at is null`;
    for (const cookie of (await browser.refresh()).headers.getSetCookie()) {
      expect(ageOf(cookie) || 0).toBeLessThanOrEqual(100);
    }
  });

  it("are taken back at sign-out, all but the one that names the browser", async () => {
    const { browser } = await signedIn();
    const lines = (await browser.signOut()).headers.getSetCookie();
    const cleared = lines.filter((line) => line.includes("Max-Age=0")).map((line) => line.split("=")[0]);
    expect(cleared.toSorted()).toEqual(["__Host-kw-at", "__Host-kw-rt"]);
    expect(browser.cookie("kw-did")).not.toBe("");
  });

  it("go with everything the browser kept when one signs out everywhere", async () => {
    const { browser } = await signedIn();
    const { response } = await browser.call("sessions.revokeEverywhere");
    expect(response.headers.get("clear-site-data")).toBe('"cache", "storage"');
    expect(browser.cookie("kw-at") + browser.cookie("kw-rt")).toBe("");
  });

  it("come with an answer that no cache may keep", async () => {
    const { answer, browser } = await signedIn();
    for (const one of [answer, await browser.refresh(), await browser.signOut()]) {
      expect(one.headers.getSetCookie().length).toBeGreaterThan(0);
      expect(one.headers.get("cache-control")).toBe("private, no-store");
    }
  });
});
