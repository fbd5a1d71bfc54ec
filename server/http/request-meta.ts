import type { RequestMeta } from "@/server/core/actor";

/** Set by the listener for both lanes; what a client sends under these names is removed there. */
export const CLIENT_IP_HEADER = "x-keyward-client-ip";
export const REQUEST_ID_HEADER = "x-request-id";
export const PREFETCH_HEADER = "x-keyward-prefetch";
/** Which page is asked for, so that a page that sends somebody to sign in can say where to come back to. */
export const PAGE_HEADER = "x-keyward-path";

/** Where a request came from, as the listener found out. */
export function requestMeta(headers: Headers, source: RequestMeta["source"]): RequestMeta {
  return {
    id: headers.get(REQUEST_ID_HEADER) ?? crypto.randomUUID(),
    ip: headers.get(CLIENT_IP_HEADER),
    userAgent: headers.get("user-agent")?.slice(0, 512) ?? null,
    source,
  };
}
