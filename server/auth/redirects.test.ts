import fc from "fast-check";
import { NextRequest } from "next/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proxy } from "@/server/auth/proxy";
import { env } from "@/server/core/env";
import { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const hostile = [
  "https://evil.example",
  "//evil.example",
  "\\\\evil.example",
  "/\\evil.example",
  "https:evil.example",
  "https://localhost:3000@evil.example",
  "https://localhost:3000.evil.example",
  "javascript:alert(1)",
  " https://evil.example",
  "/%0d%0aLocation:https://evil.example",
];

describe("NextAuth's handshake", () => {
  it.each(hostile)("sends nobody to %s", async (callbackUrl) => {
    const { username, password } = await factories.user();
    for (const [step, fields] of [
      ["callback/credentials", { username, password }],
      ["callback/credentials", { username, password: "wrong" }],
      ["signout", {}],
    ] as const) {
      const browser = new Browser();
      const { csrfToken } = await (await browser.fetch("/api/auth/csrf")).json();
      const path = `/api/auth/${step}?callbackUrl=${encodeURIComponent(callbackUrl)}`;
      const body = new URLSearchParams({ ...fields, csrfToken, callbackUrl });
      const answer = await browser.fetch(path, { method: "POST", body });
      const location = answer.headers.get("location") ?? "";
      expect(new URL(location, env().KEYWARD_URL).origin).toBe(env().KEYWARD_URL);
    }
  });
});

describe("the way to the sign-in page", () => {
  it("stays here and carries the page that was asked for, whatever its name", async () => {
    const path = fc.webPath().filter((text) => text !== "" && !text.startsWith("/sign-in"));
    const property = fc.asyncProperty(path, fc.webQueryParameters(), async (pathname, query) => {
      const url = new URL(env().KEYWARD_URL);
      url.pathname = pathname;
      url.search = query;
      const answer = await proxy(new NextRequest(url));
      const location = new URL(answer.headers.get("location") ?? "");
      expect([location.origin, location.pathname]).toEqual([url.origin, "/sign-in"]);
      expect(location.searchParams.get("next")).toBe(url.pathname + url.search);
    });
    await fc.assert(property, { numRuns: 200 });
  });
});
