import { generateKeyPairSync, randomBytes } from "node:crypto";
import { expect, test } from "@playwright/test";
import { newNonce, type SignatureTag, signRequest } from "../server/core/message-signature";
import { parsePublicJwk } from "../server/core/public-jwk";
import { ADMIN } from "./fixtures/organisation";
import { type Replica, startReplica } from "./fixtures/replica";
import { type RunningServer, startServer } from "./fixtures/server";

/**
 * The same requests to two servers on one database with one set of keys: one answers endpoints in the fast lane, the
 * other through Next's route handlers. Whatever a client can tell apart is a mistake.
 */
let fast: RunningServer;
let slow: Replica;
let cookies: string;

test.beforeAll(async () => {
  fast = await startServer({
    env: { KEYWARD_INIT_ADMIN_USERNAME: ADMIN.username, KEYWARD_INIT_ADMIN_PASSWORD: ADMIN.password },
  });
  slow = await startReplica(fast, { KEYWARD_FAST_LANE: "off" });
  cookies = await signedIn(fast.url);
});
test.afterAll(async () => {
  await slow?.server.stop();
  await fast?.stop();
});

const jar = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");

async function signedIn(url: string): Promise<string> {
  const csrf = await fetch(`${url}/api/auth/csrf`);
  const { csrfToken } = await csrf.json();
  const answer = await fetch(`${url}/api/auth/callback/credentials`, {
    method: "POST",
    redirect: "manual",
    headers: { cookie: jar(csrf), "sec-fetch-site": "same-origin" },
    body: new URLSearchParams({ ...ADMIN, csrfToken }),
  });
  return jar(answer);
}

interface Sent {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

const OURS = { "sec-fetch-site": "same-origin", "content-type": "application/json" };
const signedInAs = () => ({ ...OURS, cookie: cookies });

/** A signed request of a device; the same key and words for both lanes, but a nonce of its own each time. */
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const device = parsePublicJwk(publicKey.export({ format: "jwk" }));

function signed(
  method: string,
  path: string,
  { tag, body = "" }: { tag: SignatureTag; body?: string },
): Sent["headers"] {
  if (!device.ok) throw new Error(device.detail);
  const signers = [{ label: "sig1", key: privateKey, kid: device.kid, tag, nonce: newNonce() } as const];
  const created = Math.floor(Date.now() / 1000);
  const authority = new URL(fast.url).host;
  const fields = signRequest({ method, path, authority, body, created, signers });
  return { ...fields, ...(body ? { "content-type": "application/json" } : {}) };
}

/** What names and types a body has; values differ from one request to the next. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length > 0 ? [shapeOf(value[0])] : [];
  if (typeof value !== "object" || value === null) return value === null ? null : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]));
}

const KEPT =
  /^(content-type|cache-control|retry-after|etag|www-authenticate|location|allow)$|^(x-|cross-|referrer-|permissions-|content-security|strict-|access-control|signature|content-digest)/;

/**
 * What a client can tell of an answer. Next adds names of its own headers to Vary; and it refuses a method that is not
 * mounted by itself, without a word.
 */
async function seen(url: string, { path, method = "GET", headers = {}, body }: Sent) {
  const init = { method, headers, redirect: "manual" as const, ...(body === undefined ? {} : { body }) };
  const answer = await fetch(url + path, init);
  const text = await answer.text();
  if (answer.status === 405) return { status: answer.status };
  const type = answer.headers.get("content-type") ?? "";
  const isJson = type.includes("json") && text !== "";
  const names = [...answer.headers.keys()].filter((name) => KEPT.test(name));
  const cookieNames = answer.headers
    .getSetCookie()
    .map((line) => line.replace(/=[^;]*/, "").replace(/Expires=[^;]*/, ""));
  const told = isJson ? JSON.parse(text) : undefined;
  const problem = told?.type ?? told?.error?.data?.code;
  return {
    status: answer.status,
    type,
    headers: [...new Set(names)].toSorted(),
    cacheControl: answer.headers.get("cache-control"),
    cookies: cookieNames.toSorted(),
    problem: problem ?? null,
    shape: isJson ? shapeOf(told) : text === "" ? "empty" : "text",
  };
}

/** By name, because what is signed or carries cookies can be made only once there are servers. */
const calls: Record<string, () => Sent> = {
  alive: () => ({ path: "/api/health/live" }),
  ready: () => ({ path: "/api/health/ready" }),
  "who am I, of somebody": () => ({ path: "/api/trpc/account.me", headers: signedInAs() }),
  "who am I, of nobody": () => ({ path: "/api/trpc/account.me" }),
  "several calls at once": () => ({
    path: "/api/trpc/account.me,users.list?batch=1&input=%7B%221%22%3A%7B%7D%7D",
    headers: signedInAs(),
  }),
  "a list": () => ({ path: "/api/trpc/users.list?input=%7B%22size%22%3A5%7D", headers: signedInAs() }),
  "a procedure that is not there": () => ({ path: "/api/trpc/users.nothing", headers: signedInAs() }),
  "invalid input": () => ({ path: "/api/trpc/users.list?input=%7B%22size%22%3A5000%7D", headers: signedInAs() }),
  "input that is not JSON": () => ({ path: "/api/trpc/users.list?input=%7B", headers: signedInAs() }),
  "a mutation": () => ({
    path: "/api/trpc/tags.create",
    method: "POST",
    headers: signedInAs(),
    body: JSON.stringify({ name: `lane ${randomBytes(4).toString("hex")}` }),
  }),
  "a mutation from elsewhere": () => ({
    path: "/api/trpc/tags.create",
    method: "POST",
    headers: { ...signedInAs(), "sec-fetch-site": "cross-site" },
    body: "{}",
  }),
  "a mutation that is a form": () => ({
    path: "/api/trpc/tags.create",
    method: "POST",
    headers: { ...signedInAs(), "content-type": "text/plain" },
    body: "{}",
  }),
  "a mutation by GET": () => ({ path: "/api/trpc/tags.create", headers: signedInAs() }),
  "too much": () => ({
    path: "/api/trpc/tags.create",
    method: "POST",
    headers: signedInAs(),
    body: "x".repeat(1024 * 1024 + 1),
  }),
  "too much at once": () => ({
    path: `/api/trpc/${Array(21).fill("account.me").join(",")}?batch=1`,
    headers: signedInAs(),
  }),
  "the handshake's token": () => ({ path: "/api/auth/csrf" }),
  "the handshake's session, of somebody": () => ({ path: "/api/auth/session", headers: signedInAs() }),
  "the handshake's session, of nobody": () => ({ path: "/api/auth/session" }),
  "a sign-in from elsewhere": () => ({
    path: "/api/auth/callback/credentials",
    method: "POST",
    headers: { "sec-fetch-site": "cross-site" },
    body: "",
  }),
  "a sign-in without a token": () => ({
    path: "/api/auth/callback/credentials",
    method: "POST",
    headers: { ...OURS, "content-type": "application/x-www-form-urlencoded" },
    body: "username=x",
  }),
  "a handshake that is not there": () => ({ path: "/api/auth/nothing" }),
  "a renewal of nobody": () => ({ path: "/api/auth/refresh", method: "POST", headers: OURS }),
  "a renewal": () => ({ path: "/api/auth/refresh", method: "POST", headers: signedInAs() }),
  "a renewal by GET": () => ({ path: "/api/auth/refresh" }),
  "server information": () => ({ path: "/api/agent/v1/server" }),
  "server information with a query": () => ({ path: "/api/agent/v1/server?x=1" }),
  "an unsigned request": () => ({ path: "/api/agent/v1/self" }),
  "a signed request of nobody": () => ({
    path: "/api/agent/v1/self",
    headers: signed("GET", "/api/agent/v1/self", { tag: "keyward-agent-v1" }),
  }),
  "a check-in of nobody": () => ({
    path: "/api/agent/v1/checkins",
    method: "POST",
    headers: signed("POST", "/api/agent/v1/checkins", { tag: "keyward-agent-v1", body: "{}" }),
    body: "{}",
  }),
  "an enrolment without a token": () => ({
    path: "/api/agent/v1/enrolments",
    method: "POST",
    headers: signed("POST", "/api/agent/v1/enrolments", { tag: "keyward-enrol-v1", body: "{}" }),
    body: "{}",
  }),
  "an agent's address that is not there": () => ({ path: "/api/agent/v1/nothing" }),
  "facts that are none": () => ({
    path: "/api/agent/v1/facts/nothing",
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: "{}",
  }),
  "an agent's wrong method": () => ({ path: "/api/agent/v1/checkins" }),
  "the REST API without a key": () => ({ path: "/api/v1/devices", headers: signedInAs() }),
  "the REST API with a key of nobody": () => ({
    path: "/api/v1/tags",
    method: "POST",
    headers: { authorization: "Bearer kw_live_nobody", "content-type": "application/json" },
    body: "{}",
  }),
  "a REST address that is not there": () => ({ path: "/api/v1/nothing" }),
  "a REST address's wrong method": () => ({ path: "/api/v1/roles", method: "POST" }),
  "the OpenAPI document": () => ({ path: "/api/v1/openapi.json" }),
  "the agent": () => ({ path: "/agent/keyward-agent.mjs" }),
  "the installer": () => ({ path: "/agent/install.sh" }),
  "the head of an answer": () => ({ path: "/api/health/live", method: "HEAD" }),
};

for (const [name, make] of Object.entries(calls)) {
  test(`both lanes answer alike: ${name}`, async () => {
    const one = await seen(fast.url, make());
    const other = await seen(slow.url, make());
    expect(other).toEqual(one);
    expect(one.status).not.toBe(500);
  });
}
