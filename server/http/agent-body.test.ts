import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { env } from "@/server/core/env";
import { bodyLimits, CheckInResult, FactsResult } from "@/server/modules/agents/schema";
import { type AgentAnswer, ask, enrolment, readAnswer, refusal } from "@/server/testing/agent-answer";
import type { DeviceClient } from "@/server/testing/device-client";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";
import { createListener } from "./listener";
import { matchRoute } from "./routes";

let world: World;
let server: Server;
let client: DeviceClient;
let id: string;
beforeAll(async () => {
  world = await createWorld();
  const nextHandler = async () => expect.unreachable("a page was asked for");
  server = createListener({ env: env(), matchRoute, nextHandler }).listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterAll(async () => {
  server.close();
  await world.end();
});
beforeEach(async () => {
  ({ client, id } = await factories.device());
});

const agent = { version: "1.0.0", os: "linux", arch: "amd64" };
const checkIn = { instanceId: "instance-1", bootId: "boot-1", agent, factsHash: {}, appliedEtag: null };

const factsOf = async () =>
  world.database.sql<
    { section: string; facts: unknown }[]
  >`select section, facts from device_facts where device_id = ${id}`;

interface OnWire {
  path?: string;
  headers?: Record<string, string>;
  /** Sent without a length, piece by piece. */
  chunks?: readonly Uint8Array[];
}

/** Sends a signed request over a real connection, with what only a real connection can say. */
async function overSocket(request: Request, { path, headers, chunks }: OnWire = {}): Promise<AgentAnswer> {
  const { port } = server.address() as AddressInfo;
  const { pathname } = new URL(request.url);
  const body = chunks ?? [new Uint8Array(await request.clone().arrayBuffer())];
  const sent = httpRequest({
    port,
    host: "127.0.0.1",
    method: request.method,
    path: path ?? pathname,
    headers: { ...Object.fromEntries(request.headers), ...headers },
  });
  // A server that has heard enough closes the connection while we still talk.
  sent.on("error", () => undefined);
  if (!chunks) sent.setHeader("content-length", body[0]?.length ?? 0);
  for (const chunk of body) sent.write(chunk);
  sent.end();
  const [answer] = await once(sent, "response");
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part);
  const content = Buffer.concat(parts);
  const init = { status: answer.statusCode, headers: new Headers(answer.headers) };
  return readAnswer(request, new Response(answer.statusCode === 304 ? null : content, init));
}

const put = (body: unknown, headers: Record<string, string> = {}, section = "users") =>
  client.request("PUT", `/facts/${section}`, { body, headers });
const gzipped = { "content-encoding": "gzip" };

describe("over a real connection", () => {
  it("a signed request gets a signed answer", async () => {
    const answer = await overSocket(client.request("POST", "/checkins", { body: checkIn }));
    expect(answer).toMatchObject({ status: 200, isSigned: true });
    expect(answer.read(CheckInResult).status).toBe("active");
  });

  it("a query string is refused on every endpoint, also an empty one", async () => {
    for (const query of ["?", "?admin=1"]) {
      const self = client.request("GET", "/self");
      expect(await overSocket(self, { path: `/api/agent/v1/self${query}` })).toMatchObject(
        refusal(400, "query-not-allowed"),
      );
      const info = new Request(self.url.replace("/self", "/server"));
      const answer = await overSocket(info, { path: `/api/agent/v1/server${query}` });
      expect(answer).toMatchObject(refusal(400, "query-not-allowed"));
    }
  });

  it("the Host header decides nothing: signatures are for the configured address", async () => {
    const request = () => client.request("GET", "/self");
    expect((await overSocket(request(), { headers: { host: "evil.example" } })).status).toBe(200);
    const forwarded = { "x-forwarded-host": "evil.example", forwarded: "host=evil.example" };
    expect((await overSocket(request(), { headers: forwarded })).status).toBe(200);
  });

  it("an address or request id somebody claims is not believed", async () => {
    const headers = { "x-keyward-client-ip": "203.0.113.66", "x-forwarded-for": "203.0.113.66" };
    await world.database.sql`update devices set last_seen_at = null, last_seen_ip = null where id = ${id}`;
    await overSocket(client.request("POST", "/checkins", { body: checkIn }), { headers });
    const [seen] = await world.database.sql`select host(last_seen_ip) as ip from devices where id = ${id}`;
    expect(seen).toEqual({ ip: "127.0.0.1" });
  });

  it("a body sent in pieces is refused as soon as it is too large, before anything is looked at", async () => {
    const chunks = Array.from({ length: 64 }, () => randomBytes(1024));
    const answer = await overSocket(client.request("POST", "/checkins", { body: checkIn }), { chunks });
    expect(answer).toMatchObject(refusal(413, "too-large"));
  });
});

describe("a body", () => {
  it("larger than allowed is refused by its declared length", async () => {
    const { secret } = await factories.enrolmentToken();
    const filler = "x".repeat(bodyLimits.report);
    const large = [
      enrolment(world.deviceClient(), secret, { filler } as object),
      client.request("POST", "/checkins", { body: { ...checkIn, filler } }),
      client.request("POST", "/reports", { body: { filler } }),
      client.request("POST", "/keys", { body: { filler } }),
      put({ filler }),
    ];
    for (const request of large) expect(await ask(request)).toMatchObject(refusal(413, "too-large"));
    expect(await factsOf()).toEqual([]);
  });

  it("on a request that has none is refused", async () => {
    const request = client.request("DELETE", "/self", { body: "{}" });
    expect(await ask(request)).toMatchObject(refusal(413, "too-large"));
    expect((await ask(client.request("GET", "/self"))).status).toBe(200);
  });

  it("of another type than JSON is refused", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""]) {
      const answer = await ask(put({ root: 0 }, { "content-type": type }));
      expect(answer).toMatchObject(refusal(415, "unsupported-media-type"));
    }
    expect((await ask(put({ root: 0 }, { "content-type": "application/json; charset=utf-8" }))).status).toBe(200);
  });

  it("that is not JSON, or not UTF-8, is refused", async () => {
    for (const body of ["", "{", "{'a':1}", "\u{feff}", new Uint8Array([0x22, 0xff, 0x22])]) {
      expect(await ask(put(body))).toMatchObject(refusal(400, "malformed"));
    }
  });

  it("may be compressed where facts and reports go, and is stored as what was compressed", async () => {
    const answer = await ask(put(gzipSync(JSON.stringify({ root: 0 })), gzipped));
    expect(answer).toMatchObject({ status: 200, isSigned: true });
    expect(answer.read(FactsResult).section).toBe("users");
    expect(await factsOf()).toEqual([{ section: "users", facts: { root: 0 } }]);
  });

  it("may not be compressed elsewhere, nor otherwise, nor twice", async () => {
    const zipped = gzipSync(JSON.stringify(checkIn));
    const elsewhere = client.request("POST", "/checkins", { body: zipped, headers: gzipped });
    expect(await ask(elsewhere)).toMatchObject(refusal(415, "unsupported-media-type"));
    for (const encoding of ["br", "deflate", "gzip, gzip", "identity"]) {
      const answer = await ask(put(zipped, { "content-encoding": encoding }));
      expect(answer).toMatchObject(refusal(415, "unsupported-media-type"));
    }
  });

  it("that inflates beyond the limit is refused while it does", async () => {
    const bomb = gzipSync(Buffer.alloc(bodyLimits.factsInflated * 12, "["));
    expect(bomb.length).toBeLessThan(bodyLimits.facts);
    expect(await ask(put(bomb, gzipped))).toMatchObject(refusal(413, "too-large"));
    expect(await factsOf()).toEqual([]);
  });

  it("whose compression is broken is malformed, not too large", async () => {
    const zipped = gzipSync(JSON.stringify({ root: 0 }));
    for (const body of [zipped.subarray(0, -6), Buffer.from("{}")]) {
      expect(await ask(put(body, gzipped))).toMatchObject(refusal(400, "malformed"));
    }
  });

  it("nested so deeply that reading it would exhaust the stack is refused", async () => {
    for (const depth of [65, 200_000]) {
      const nested = `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
      expect(await ask(put(nested))).toMatchObject(refusal(422, "invalid"));
    }
    expect((await ask(put(`{"a":${"[".repeat(60)}${"]".repeat(60)}}`))).status).toBe(200);
  });

  it("with text that cannot be kept is refused, so that the device drops this section only", async () => {
    for (const text of ["\\u0000", "\\ud800", "a\\udc00b"]) {
      const answer = await ask(put(`{"name":["${text}"]}`));
      expect(answer).toMatchObject(refusal(422, "invalid"));
      expect(answer.problem?.errors?.map(({ pointer }) => pointer)).toEqual(["/name/0"]);
      expect(await ask(put(`{"name":{"${text}":1}}`))).toMatchObject(refusal(422, "invalid"));
    }
    expect(await factsOf()).toEqual([]);
  });
});
