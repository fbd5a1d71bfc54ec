import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { config } from "@/proxy";
import { approvePage, takeVerdict } from "@/server/auth/page-approval";
import type { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let browser: Browser;
beforeAll(async () => {
  world = await createWorld();
  browser = await world.resume(await factories.user({ roles: ["admin"] }));
});
afterAll(() => world.end());

/** A request as the listener hands it on, with what came of it. */
async function passed(path: string, { method = "GET", by = browser as Browser | null } = {}) {
  const id = crypto.randomUUID();
  const cookie = by?.request(path).headers.get("cookie") ?? "";
  const request = { method, url: path, headers: { "x-request-id": id, cookie } as Record<string, string> };
  const response = Object.assign(new EventEmitter(), { told: {} as Record<string, string> });
  const setHeader = (name: string, value: string) => {
    response.told[name] = value;
  };
  const incoming = { ...request, rawHeaders: [] as string[] };
  const isAnswered = await approvePage(
    incoming as unknown as IncomingMessage,
    Object.assign(response, { setHeader }) as unknown as ServerResponse,
  );
  return { isAnswered, headers: incoming.headers, raw: incoming.rawHeaders, response };
}

describe("a page of somebody who is signed in", () => {
  it("needs no proxy, and has all that the proxy would give it", async () => {
    const { isAnswered, headers, raw, response } = await passed("/devices?q=a&_rsc=1b2c");
    expect(isAnswered).toBe(false);
    expect(headers).toMatchObject({ "x-keyward-approved": "1" });
    expect(headers["content-security-policy"]).toMatch(/script-src 'self' 'nonce-[\w=]+' 'strict-dynamic'/);
    expect(response.told["content-security-policy"]).toBe(headers["content-security-policy"]);
    expect(raw).toContain("x-keyward-approved");
  });

  it("takes over what the database said, once, and for that request and token only", async () => {
    const first = await passed("/devices");
    const second = await passed("/devices");
    const other = await world.resume(await factories.user());
    const stolen = new Headers({ ...second.headers, cookie: other.request("/").headers.get("cookie") ?? "" });
    expect(takeVerdict(stolen)).toBeUndefined();
    expect(takeVerdict(new Headers(first.headers))?.kind).toBe("signed-in");
    expect(takeVerdict(new Headers(first.headers))).toBeUndefined();
    expect(takeVerdict(new Headers({ "x-request-id": crypto.randomUUID() }))).toBeUndefined();
    expect(takeVerdict(new Headers())).toBeUndefined();
  });

  it("leaves nothing behind when the request ends", async () => {
    const { headers, response } = await passed("/devices");
    response.emit("close");
    expect(takeVerdict(new Headers(headers))).toBeUndefined();
  });
});

describe("the proxy decides", () => {
  const approved = async (...of: Parameters<typeof passed>) => "x-keyward-approved" in (await passed(...of)).headers;

  it("about everybody without a session that stands", async () => {
    const user = await factories.user({ roles: ["admin"] });
    const gone = await world.resume(user);
    const forged = browser.copy().setCookie("kw-at", `${browser.cookie("kw-at").slice(0, -3)}AAA`);
    expect(await approved("/devices", { by: gone })).toBe(true);
    await world.database.sql`update users set security_stamp = security_stamp + 1 where id = ${user.id}`;
    for (const by of [null, gone, forged, browser.copy().without("kw-at")]) {
      expect(await approved("/devices", { by })).toBe(false);
    }
  });

  it.each(["/api/health/live", "/agent/install.sh", "/_next/static/a.js", "/sign-in", "/sign-out", "/icon.svg"])(
    "whether it has anything to do with %s",
    async (path) => {
      expect(await approved(path)).toBe(false);
    },
  );

  it("about what is no page view", async () => {
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      expect(await approved("/devices", { method })).toBe(false);
    }
  });

  it("unless a request was approved, which it goes by the header that clients cannot send", () => {
    expect(config.matcher.map(({ missing }) => missing)).toEqual([[{ type: "header", key: "x-keyward-approved" }]]);
  });
});
