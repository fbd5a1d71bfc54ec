import { once } from "node:events";
import { type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { Env } from "@/server/core/env";
import { createListener, type ListenerOptions } from "./listener";

type Settings = ListenerOptions["env"];

const plain: Settings = {
  KEYWARD_URL: "http://localhost:3000",
  KEYWARD_TRUSTED_PROXIES: { kind: "hops", count: 0 },
  KEYWARD_FAST_LANE: "on",
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** What a lane saw of a request, as JSON. */
const seenByHandler = async (incoming: Request): Promise<Response> =>
  Response.json({ lane: "fast", method: incoming.method, headers: Object.fromEntries(incoming.headers) });

const seenByNext = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
  const raw = incoming.rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
  outgoing.setHeader("content-type", "application/json");
  outgoing.end(JSON.stringify({ lane: "next", raw, headers: incoming.headers, distinct: incoming.headersDistinct }));
};

async function start(settings: Partial<Env> = {}, options: Partial<ListenerOptions> = {}): Promise<number> {
  const server = createListener({
    env: { ...plain, ...settings },
    matchRoute: (method, path) => {
      if (path === "/api/boom")
        return { method: "*", path, handler: async () => Promise.reject(new Error("secret detail")) };
      if (path !== "/api/seen") return undefined;
      return method === "GET" ? { method: "GET", path, handler: seenByHandler } : "wrong-method";
    },
    nextHandler: seenByNext,
    ...options,
  });
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: string;
}

function ask(
  port: number,
  path: string,
  init: { method?: string; headers?: Record<string, string | string[]> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: "127.0.0.1", path, agent: false, ...init }, (incoming) => {
      let body = "";
      incoming.setEncoding("utf8").on("data", (chunk) => {
        body += chunk;
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }));
    });
    sent.on("error", reject).end();
  });
}

/** Sends bytes as they are and returns everything that comes back. */
async function send(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk;
  });
  socket.on("error", () => undefined);
  socket.write(bytes);
  await once(socket, "close");
  return received;
}

const FORGED = {
  "X-Keyward-Client-Ip": "6.6.6.6",
  "x-keyward-anything": "1",
  "X-Request-Id": "mine",
  "X-Forwarded-For": "6.6.6.6",
  "X-Forwarded-Host": "evil.example",
  "X-Forwarded-Proto": "gopher",
  "X-Real-IP": "6.6.6.6",
  Forwarded: "for=6.6.6.6",
  "x-middleware-subrequest": "proxy:proxy:proxy",
};

describe.each(["/api/seen", "/page"])("what a client cannot claim (%s)", (path) => {
  test("forged headers never arrive, in none of the forms in which they can be read", async () => {
    const { body, headers } = await ask(await start(), path, { headers: { ...FORGED, cookie: "a=1" } });
    expect(body).not.toMatch(/6\.6\.6\.6|evil\.example|gopher|mine|subrequest|anything/);
    const seen = JSON.parse(body);
    expect(seen.headers).toMatchObject({
      "x-keyward-client-ip": "127.0.0.1",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": "localhost:3000",
      "x-forwarded-proto": "http",
      cookie: "a=1",
    });
    expect(seen.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers["x-request-id"]).toBe(seen.headers["x-request-id"]);
  });

  test("a header sent twice is removed twice", async () => {
    const { body } = await ask(await start(), path, { headers: { "x-keyward-client-ip": ["6.6.6.6", "7.7.7.7"] } });
    expect(body).not.toMatch(/6\.6\.6\.6|7\.7\.7\.7/);
  });

  test("a trusted proxy's word on the address is taken", async () => {
    const port = await start({ KEYWARD_TRUSTED_PROXIES: { kind: "networks", networks: ["127.0.0.0/8"] } });
    const { body } = await ask(port, path, { headers: { "x-forwarded-for": "6.6.6.6, 198.51.100.9" } });
    expect(JSON.parse(body).headers["x-keyward-client-ip"]).toBe("198.51.100.9");
  });

  test("every answer carries the security headers", async () => {
    const { headers } = await ask(await start(), path);
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "strict-origin-when-cross-origin",
      "content-security-policy": "frame-ancestors 'none'",
    });
    expect(headers["strict-transport-security"]).toBeUndefined();
    const secure = await ask(await start({ KEYWARD_URL: "https://keyward.example.com" }), path);
    expect(secure.headers["strict-transport-security"]).toMatch(/^max-age=\d{8}/);
  });
});

describe("lanes", () => {
  test("a route goes to its handler and everything else to Next; with the fast lane off, all goes to Next", async () => {
    const on = await start();
    expect(JSON.parse((await ask(on, "/api/seen?x=1")).body).lane).toBe("fast");
    expect(JSON.parse((await ask(on, "/api/seen/more")).body).lane).toBe("next");
    const off = await start({ KEYWARD_FAST_LANE: "off" });
    expect(JSON.parse((await ask(off, "/api/seen")).body).lane).toBe("next");
  });

  test("HEAD is answered like GET, without a body", async () => {
    const { status, body } = await ask(await start(), "/api/seen", { method: "HEAD" });
    expect([status, body]).toEqual([200, ""]);
  });

  test("a path that exists for another method is refused as such", async () => {
    const { status, headers, body } = await ask(await start(), "/api/seen", { method: "DELETE" });
    expect([status, headers["content-type"]]).toEqual([405, "application/problem+json"]);
    expect(JSON.parse(body).type).toBe("/problems/method-not-allowed");
  });

  test("a failing handler answers 500 and keeps the reason to itself", async () => {
    const { status, body } = await ask(await start(), "/api/boom");
    expect(status).toBe(500);
    expect(JSON.parse(body).type).toBe("/problems/internal");
    expect(body).not.toContain("secret detail");
  });

  test("a failing page answers 500 and the server lives on", async () => {
    const port = await start({}, { nextHandler: async () => Promise.reject(new Error("secret detail")) });
    const { status, body } = await ask(port, "/page");
    expect([status, body]).toEqual([500, ""]);
    expect((await ask(port, "/api/seen")).status).toBe(200);
  });
});

describe("a page", () => {
  test.each([
    ["/users?q=a%20b", "/users?q=a%20b"],
    ["/users?_rsc=1x2y", "/users"],
    ["/users?q=a+b&_rsc=1x2y", "/users?q=a+b"],
    ["//?_rsc=1", "//"],
  ])("knows where to come back to after signing in, whatever the client says: %s", async (target, page) => {
    const port = await start();
    const { body } = await ask(port, target, { headers: { "x-keyward-path": "/elsewhere" } });
    const { headers, distinct } = JSON.parse(body);
    expect([headers["x-keyward-path"], distinct["x-keyward-path"]]).toEqual([page, [page]]);
  });
});

describe("requests that are none", () => {
  test.each([
    ["not HTTP at all", "SSH-2.0-OpenSSH_9.6\r\n\r\n", "400 Bad Request"],
    [
      "two lengths",
      "POST /page HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
      "400 Bad Request",
    ],
    [
      "headers beyond the limit",
      `GET /page HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(40_000)}\r\n\r\n`,
      "431 Request Header Fields Too Large",
    ],
    [
      "a target for a proxy",
      "GET http://evil.example/page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      "400 Bad Request",
    ],
    ["no host", "GET /page HTTP/1.1\r\nConnection: close\r\n\r\n", "400 Bad Request"],
  ])("%s: the status says so, and the server lives on", async (_, bytes, status) => {
    const port = await start();
    expect(await send(port, bytes)).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
    expect((await ask(port, "/api/seen")).status).toBe(200);
  });

  test("a client that leaves in the middle harms nobody", async () => {
    const port = await start();
    const socket = connect(port, "127.0.0.1");
    socket.write("POST /api/boom HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf");
    await once(socket, "connect");
    socket.resetAndDestroy();
    expect((await ask(port, "/api/seen")).status).toBe(200);
  });
});
