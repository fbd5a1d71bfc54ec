import { NextRequest } from "next/server";
import NextAuth from "next-auth";
import { randomToken } from "@/server/core/crypto";
import { env } from "@/server/core/env";
import { AppError } from "@/server/core/errors";
import { readBody } from "@/server/http/body";
import { problemResponse } from "@/server/http/problem";
import { requestMeta } from "@/server/http/request-meta";
import { requireSameOrigin } from "@/server/http/same-origin";
import { clearedCookies, cookieNames, deviceCookie, parseCookies } from "./cookies";
import { type Handshake, runHandshake } from "./handshake";
import { cookiesOf } from "./issue";
import { authConfig } from "./options";
import { refreshSession } from "./session-request";

/** Names, a password and NextAuth's own fields: more is not a sign-in. */
const MAX_FORM_BYTES = 16 * 1024;

const DEVICE_BYTES = 16;
const DEVICE = /^[\w-]{22}$/;

let nextAuth: ReturnType<typeof NextAuth> | undefined;

/**
 * The request as seen at the configured address, because what the Host header says is never trusted, and with its body
 * already read, because NextAuth would read as much as it is sent.
 */
async function asNextRequest(request: Request): Promise<NextRequest> {
  const { pathname, search } = new URL(request.url);
  const { method, headers, signal } = request;
  const body = method === "POST" ? await readBody(request, MAX_FORM_BYTES) : undefined;
  return new NextRequest(new URL(pathname + search, env().KEYWARD_URL), { method, headers, signal, body });
}

function cookiesAfter(handshake: Handshake, hadDevice: boolean): string[] {
  if (handshake.ended) return clearedCookies();
  if (!handshake.started) return [];
  const issued = cookiesOf(handshake.started);
  return hadDevice ? issued : [...issued, deviceCookie(handshake.device)];
}

/** NextAuth's answer without its own session cookie, with ours. */
function withSessionCookies(answer: Response, setCookies: string[]): Response {
  const headers = new Headers(answer.headers);
  headers.delete("set-cookie");
  const ours = cookieNames().access;
  for (const cookie of answer.headers.getSetCookie()) {
    if (!cookie.startsWith(`${ours}=`) && !cookie.startsWith(`${ours}.`)) headers.append("set-cookie", cookie);
  }
  for (const cookie of setCookies) headers.append("set-cookie", cookie);
  headers.set("cache-control", "private, no-store");
  return new Response(answer.body, { status: answer.status, headers });
}

async function handshakeAnswer(request: Request): Promise<Response> {
  const presented = parseCookies(request.headers.get("cookie")).get(cookieNames().device);
  // What we never gave out names no browser.
  const known = presented && DEVICE.test(presented) ? presented : undefined;
  const handshake: Handshake = {
    request: requestMeta(request.headers, "web"),
    headers: request.headers,
    device: known ?? randomToken(DEVICE_BYTES),
  };
  nextAuth ??= NextAuth(authConfig());
  const { GET, POST } = nextAuth.handlers;
  const handler = request.method === "POST" ? POST : GET;
  const nextRequest = await asNextRequest(request);
  const answer = await runHandshake(handshake, () => handler(nextRequest));
  if (handshake.failure) throw handshake.failure;
  return withSessionCookies(answer, cookiesAfter(handshake, known !== undefined));
}

/** `/api/auth/*`: NextAuth's credentials handshake around the session engine. */
export async function authHandler(request: Request): Promise<Response> {
  try {
    requireSameOrigin(request);
    return await handshakeAnswer(request);
  } catch (error) {
    return problemResponse(error, requestMeta(request.headers, "web").id);
  }
}

/** `POST /api/auth/refresh`: exchanges the refresh cookie, for streams and for tabs that slept. */
export async function refreshHandler(request: Request): Promise<Response> {
  const { id } = requestMeta(request.headers, "web");
  try {
    requireSameOrigin(request);
    const { verdict, setCookies } = await refreshSession(request.headers);
    const answer =
      verdict.kind === "signed-in"
        ? new Response(null, { status: 204, headers: { "cache-control": "private, no-store" } })
        : problemResponse(new AppError(verdict.kind === "anonymous" ? "unauthenticated" : "session-ended"), id);
    for (const cookie of setCookies) answer.headers.append("set-cookie", cookie);
    return answer;
  } catch (error) {
    return problemResponse(error, id);
  }
}
