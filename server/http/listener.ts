import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Env } from "@/server/core/env";
import { AppError } from "@/server/core/errors";
import { log } from "@/server/core/log";
import { clientAddress } from "./client-address";
import { setHeaders } from "./incoming";
import { problemResponse } from "./problem";
import { CLIENT_IP_HEADER, PAGE_HEADER, PREFETCH_HEADER, REQUEST_ID_HEADER } from "./request-meta";
import type { Handler, Route } from "./routes";

/** How long a client may take for its headers and for the whole request: slow ones hold a socket, nothing else. */
const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Longer than the idle time of common proxies, so that they never reuse a connection we are closing. */
const KEEP_ALIVE_MS = 75_000;
const MAX_HEADER_BYTES = 32 * 1024;

/** Headers by which proxies, Next and we ourselves pass on what a client must not claim. */
const FORGEABLE = /^(x-keyward-|x-forwarded-|x-middleware-|forwarded$|x-request-id$|x-real-ip$)/;

export interface ListenerOptions {
  env: Pick<Env, "KEYWARD_URL" | "KEYWARD_TRUSTED_PROXIES" | "KEYWARD_FAST_LANE">;
  matchRoute(method: string, pathname: string): Route | "wrong-method" | undefined;
  nextHandler(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Sees what is Next's before Next does. @returns whether it answered */
  beforePage?(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

/** The HTTP server in front of everything: our own endpoints are answered here, pages and assets by Next. */
export function createListener({ env, matchRoute, nextHandler, beforePage }: ListenerOptions): Server {
  const headers = securityHeaders(env.KEYWARD_URL);
  const origin = new URL(env.KEYWARD_URL);
  const isFast = env.KEYWARD_FAST_LANE === "on";
  const answer = fastLane();
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      const requestId = vouch(request, env, origin);
      for (const [name, value] of headers) response.setHeader(name, value);
      response.setHeader(REQUEST_ID_HEADER, requestId);
      const target = request.url ?? "";
      // "*" and absolute targets are for proxies, which we are not.
      if (!target.startsWith("/")) return answer(request, response, refuse("malformed"));
      const route = isFast ? matchRoute(routedMethod(request), pathOf(target)) : undefined;
      if (route === "wrong-method") return answer(request, response, refuse("method-not-allowed"));
      if (route) return answer(request, response, route.handler);
      setHeaders(request, { [PAGE_HEADER]: pageOf(target) });
      // Node derives this third form from the raw one by a count it took before we changed that; only Next reads it.
      Object.defineProperty(request, "headersDistinct", { get: () => distinct(request.rawHeaders) });
      const page = async () => {
        if (isFast && (await beforePage?.(request, response))) return;
        await nextHandler(request, response);
      };
      return page().catch((error) => giveUp(response, error, requestId));
    },
  );
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on("clientError", answerClientError);
  return server;
}

/** A HEAD is a GET whose body Node leaves out. */
const routedMethod = ({ method = "GET" }: IncomingMessage): string => (method === "HEAD" ? "GET" : method);

function pathOf(target: string): string {
  const query = target.indexOf("?");
  return query === -1 ? target : target.slice(0, query);
}

/** The page a target stands for, without the parameter by which Next's router tells its own requests apart. */
function pageOf(target: string): string {
  const path = pathOf(target);
  if (path === target || !target.includes("_rsc=")) return target;
  const query = new URLSearchParams(target.slice(path.length + 1));
  query.delete("_rsc");
  return query.size > 0 ? `${path}?${query}` : path;
}

/** Runs Web-standard handlers on Node's request and response. */
function fastLane() {
  const handlers = new WeakMap<object, Handler>();
  const listen = getRequestListener(
    async (request, { incoming }) => {
      const handler = handlers.get(incoming);
      if (!handler) throw new Error("No handler for this request");
      return handler(request).catch((error) => problemResponse(error, requestIdOf(request)));
    },
    // Next relies on the platform's own Request and Response.
    { overrideGlobalObjects: false, errorHandler: () => problemResponse(new AppError("malformed"), randomUUID()) },
  );
  return (request: IncomingMessage, response: ServerResponse, handler: Handler) => {
    handlers.set(request, handler);
    return listen(request, response);
  };
}

const requestIdOf = (request: Request): string => request.headers.get(REQUEST_ID_HEADER) ?? randomUUID();

const refuse =
  (code: "malformed" | "method-not-allowed"): Handler =>
  async (request) =>
    problemResponse(new AppError(code), requestIdOf(request));

/**
 * Replaces what a client may not claim by what we know, in every form Node keeps headers in, because the adapter and
 * Next each read another one.
 * @returns the id given to the request
 */
function vouch(request: IncomingMessage, env: ListenerOptions["env"], origin: URL): string {
  const requestId = randomUUID();
  const forwardedFor = request.headers["x-forwarded-for"];
  const address = addressOf(request.socket, forwardedFor?.toString(), env.KEYWARD_TRUSTED_PROXIES);
  dropForgeable(request);
  const known = {
    [CLIENT_IP_HEADER]: address,
    [REQUEST_ID_HEADER]: requestId,
    "x-forwarded-for": address,
    "x-forwarded-host": origin.host,
    "x-forwarded-proto": origin.protocol.slice(0, -1),
    // Next hides its own header from the proxy, which must not renew a session for a page nobody opened yet.
    ...(request.headers["next-router-prefetch"] ? { [PREFETCH_HEADER]: "1" } : {}),
  };
  setHeaders(request, known);
  return requestId;
}

/** A connection that no proxy speaks for has one address for as long as it lasts. */
const addresses = new WeakMap<Socket, string>();

function addressOf(socket: Socket, forwardedFor: string | undefined, trusted: Env["KEYWARD_TRUSTED_PROXIES"]): string {
  const isDirect = forwardedFor === undefined || (trusted.kind === "hops" && trusted.count === 0);
  const known = isDirect ? addresses.get(socket) : undefined;
  if (known) return known;
  const address = clientAddress(socket.remoteAddress ?? "", forwardedFor, trusted);
  if (isDirect) addresses.set(socket, address);
  return address;
}

function distinct(raw: readonly string[]): NodeJS.Dict<string[]> {
  const values: NodeJS.Dict<string[]> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]?.toLowerCase() ?? "";
    values[name] = [...(values[name] ?? []), raw[at + 1] ?? ""];
  }
  return values;
}

function dropForgeable(request: IncomingMessage): void {
  const forged = Object.keys(request.headers).filter((name) => FORGEABLE.test(name));
  if (forged.length === 0) return;
  for (const name of forged) delete request.headers[name];
  const raw = request.rawHeaders;
  for (let at = raw.length - 2; at >= 0; at -= 2) {
    if (FORGEABLE.test(raw[at]?.toLowerCase() ?? "")) raw.splice(at, 2);
  }
}

function securityHeaders(url: string): [string, string][] {
  const always: [string, string][] = [
    ["x-content-type-options", "nosniff"],
    ["x-frame-options", "DENY"],
    ["content-security-policy", "frame-ancestors 'none'"],
    ["referrer-policy", "strict-origin-when-cross-origin"],
    ["cross-origin-opener-policy", "same-origin"],
    ["permissions-policy", "camera=(), geolocation=(), microphone=()"],
  ];
  return url.startsWith("https:") ? [...always, ["strict-transport-security", "max-age=31536000"]] : always;
}

function giveUp(response: ServerResponse, error: unknown, requestId: string): void {
  log.error({ err: error, requestId }, "Page failed");
  if (!response.headersSent) response.writeHead(500);
  response.end();
}

const CLIENT_ERRORS: Record<string, string> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** A request that is not HTTP, too large or too slow gets its status and the door; it never reaches a handler. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const status = CLIENT_ERRORS[error.code ?? ""] ?? "400 Bad Request";
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
