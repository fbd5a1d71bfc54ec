import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { env } from "@/server/core/env";
import type { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let user: factories.TestUser;
beforeAll(async () => {
  world = await createWorld();
  user = await factories.user();
});
afterAll(() => world.end());

const OWN = env().KEYWARD_URL;
const sites = [undefined, "same-origin", "same-site", "cross-site", "none"];
const origins = [undefined, OWN, "https://evil.example", "null", `${OWN}.evil.example`, OWN.replace("http:", "https:")];
const types = [
  "application/json",
  "text/plain",
  "multipart/form-data; boundary=x",
  "application/x-www-form-urlencoded",
];

interface Sent {
  site: string | undefined;
  origin: string | undefined;
  csrf: string | undefined;
  type: string | undefined;
}

const matrix: Sent[] = sites.flatMap((site) =>
  origins.flatMap((origin) => [undefined, "1"].flatMap((csrf) => types.map((type) => ({ site, origin, csrf, type })))),
);

/** The rule in one sentence: what the browser says of the site, else the origin, else a header only we would set. */
const isOurs = ({ site, origin, csrf }: Sent) =>
  site !== undefined ? site === "same-origin" : origin !== undefined ? origin === OWN : csrf === "1";

function post(browser: Browser, path: string, sent: Sent, body = "") {
  const headers = new Headers();
  const { site, origin, csrf, type } = sent;
  for (const [name, value] of Object.entries({ origin, "x-csrf": csrf, "content-type": type })) {
    if (value !== undefined) headers.set(name, value);
  }
  const request = browser.request(path, { method: "POST", headers, body });
  if (site === undefined) request.headers.delete("sec-fetch-site");
  else request.headers.set("sec-fetch-site", site);
  return world.http(request);
}

const codeOf = async (answer: Response) => (await answer.json()).type;
const works = async (browser: Browser) => (await browser.copy().call("account.me")).status === 200;

describe("T18: a change that another site could cause is refused and does nothing, all else is let through:", () => {
  it("tRPC, which takes JSON only, from our own pages only", async () => {
    let browser = await world.resume(user);
    for (const sent of matrix) {
      const answer = await post(browser, "/api/trpc/sessions.revokeEverywhere", sent);
      if (!isOurs(sent))
        expect([sent, answer.status, await codeOf(answer)]).toEqual([sent, 403, "/problems/cross-site"]);
      else if (sent.type !== "application/json") {
        expect([sent, answer.status, await codeOf(answer)]).toEqual([sent, 415, "/problems/unsupported-media-type"]);
      } else {
        expect([sent, answer.status]).toEqual([sent, 200]);
        expect(await works(browser)).toBe(false);
        browser = await world.resume(user);
      }
      // Only the call that was let through signs the browser out.
      expect(answer.headers.getSetCookie().length > 0).toBe(answer.status === 200);
    }
    expect(await works(browser)).toBe(true);
  });

  it("refreshing a session", async () => {
    const browser = await world.resume(user);
    for (const sent of matrix) {
      const answer = await post(browser, "/api/auth/refresh", sent);
      browser.adopt(answer.headers.getSetCookie());
      expect([sent, answer.status]).toEqual([sent, isOurs(sent) ? 204 : 403]);
      expect(answer.headers.getSetCookie().length > 0).toBe(isOurs(sent));
    }
  });

  it.each(["callback/credentials", "signout"])("the handshake: %s", async (step) => {
    const { username, password } = user;
    for (const sent of matrix.filter(({ type }) => type === "application/x-www-form-urlencoded")) {
      const browser = await world.resume(user);
      const { csrfToken } = await (await browser.fetch("/api/auth/csrf")).json();
      const form = new URLSearchParams({ username, password, csrfToken }).toString();
      const answer = await post(browser, `/api/auth/${step}`, sent, form);
      if (isOurs(sent)) expect([sent, answer.status]).toEqual([sent, 302]);
      else expect([sent, answer.status, await codeOf(answer)]).toEqual([sent, 403, "/problems/cross-site"]);
      expect(answer.headers.getSetCookie().some((line) => line.includes("kw-at"))).toBe(isOurs(sent));
      expect(await works(browser)).toBe(!isOurs(sent));
    }
  });

  it("a sign-in without NextAuth's own token, or with another browser's, signs nobody in", async () => {
    const { username, password } = user;
    const stranger = await world.browser();
    const { csrfToken } = await (await stranger.fetch("/api/auth/csrf")).json();
    for (const token of ["", "x".repeat(64), csrfToken]) {
      const browser = await world.browser();
      await browser.fetch("/api/auth/csrf");
      const body = new URLSearchParams({ username, password, csrfToken: token });
      await browser.fetch("/api/auth/callback/credentials", { method: "POST", body });
      expect(browser.cookie("kw-at")).toBe("");
    }
  });
});

describe("T18: a request to read", () => {
  it("is answered whatever site it comes from, without a word that lets that site read the answer", async () => {
    const browser = await world.resume(user);
    for (const origin of origins) {
      const headers = { ...(origin ? { origin } : {}), "sec-fetch-site": "cross-site" };
      const answer = await browser.fetch("/api/trpc/account.me", { headers });
      expect(answer.status).toBe(200);
      expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
      expect(answer.headers.get("vary")).toContain("Origin");
      expect(answer.headers.get("cache-control")).toBe("private, no-store");
    }
  });

  it("of a preflight gets no permission", async () => {
    const headers = { origin: "https://evil.example", "access-control-request-method": "POST" };
    const answer = await (await world.browser()).fetch("/api/trpc/users.create", { method: "OPTIONS", headers });
    expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
    expect(answer.status).toBe(405);
  });
});

describe("T18: a content type", () => {
  it.each(["application/json; charset=utf-8", "APPLICATION/JSON", " application/json ;x=y"])(
    "is JSON: %s",
    async (type) => {
      const answer = await post(await world.resume(user), "/api/trpc/sessions.revokeOthers", { ...sentByUs, type });
      expect(answer.status).toBe(200);
    },
  );

  it.each(["application/jsonp", "text/json", "application/json, text/plain", "text/plain;application/json", ""])(
    "is not JSON: “%s”",
    async (type) => {
      const answer = await post(await world.resume(user), "/api/trpc/sessions.revokeOthers", { ...sentByUs, type });
      expect(answer.status).toBe(415);
    },
  );
});

const sentByUs: Sent = { site: "same-origin", origin: OWN, csrf: undefined, type: "application/json" };

describe("a body that is too large is refused before it is read to its end,", () => {
  /** Sends pieces for as long as somebody takes them, with no length announced. */
  function endless(): { body: ReadableStream; sent: () => number } {
    let sent = 0;
    const piece = new Uint8Array(64 * 1024).fill(0x61);
    const body = new ReadableStream({
      pull(controller) {
        sent += piece.byteLength;
        if (sent > 64 * 1024 * 1024) controller.close();
        else controller.enqueue(piece);
      },
    });
    return { body, sent: () => sent };
  }

  it.each([
    ["/api/trpc/tags.create", "application/json", 2],
    ["/api/auth/callback/credentials", "application/x-www-form-urlencoded", 1],
  ])("%s", async (path, type, megabytes) => {
    const { body, sent } = endless();
    const init = { method: "POST", headers: { "content-type": type }, body, duplex: "half" };
    const answer = await (await world.browser()).fetch(path, init);
    expect(answer.status).toBe(413);
    expect(sent()).toBeLessThan(megabytes * 1024 * 1024);
  });

  it("and so is a batch of more calls than twenty", async () => {
    const browser = await world.resume(user);
    const batch = (size: number) => `/api/trpc/${Array(size).fill("account.me").join(",")}?batch=1&input={}`;
    expect((await browser.fetch(batch(20))).status).toBe(200);
    expect((await browser.fetch(batch(21))).status).toBe(413);
  });
});
