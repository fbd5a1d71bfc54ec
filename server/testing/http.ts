import { AppError } from "@/server/core/errors";
import { problemResponse } from "@/server/http/problem";
import { CLIENT_IP_HEADER, REQUEST_ID_HEADER } from "@/server/http/request-meta";
import { matchRoute } from "@/server/http/routes";

/** Documentation addresses (RFC 5737): nobody's. */
export const CLIENT_IP = "192.0.2.10";

/** Runs a request through the route list as the listener does, without a socket. */
export async function http(request: Request): Promise<Response> {
  const headers = new Headers(request.headers);
  if (!headers.has(CLIENT_IP_HEADER)) headers.set(CLIENT_IP_HEADER, CLIENT_IP);
  if (!headers.has(REQUEST_ID_HEADER)) headers.set(REQUEST_ID_HEADER, crypto.randomUUID());
  const method = request.method === "HEAD" ? "GET" : request.method;
  const route = matchRoute(method, new URL(request.url).pathname);
  if (route && route !== "wrong-method") return route.handler(new Request(request, { headers }));
  const error = new AppError(route ? "method-not-allowed" : "not-found");
  return problemResponse(error, headers.get(REQUEST_ID_HEADER) ?? "");
}
