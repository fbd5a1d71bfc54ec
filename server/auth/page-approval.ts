import type { IncomingMessage, ServerResponse } from "node:http";
import { toAppError } from "@/server/core/errors";
import { setHeaders } from "@/server/http/incoming";
import { REQUEST_ID_HEADER } from "@/server/http/request-meta";
import { RENEW_BEFORE_S } from "./access-token";
import { authenticate, type Verdict } from "./authority";
import { cookieNames, parseCookies } from "./cookies";
import { pagePolicy } from "./page-policy";
import { unavailablePage } from "./unavailable-page";

/** Tells Next that a page needs no proxy any more; the listener removes it from what clients send. */
const APPROVED_HEADER = "x-keyward-approved";

/** What the proxy is for: the same as the pattern of its matcher, less the page nobody has to sign in for. */
const PAGES = /^\/(?!api\/|agent\/|pki\/|\.well-known\/|_next\/|favicon\.ico|icon\.svg|fonts\/|sign-in|sign-out)/;

/** What was found out about a request and the token it was found out by, for the page of that very request. */
interface Approval {
  token: string;
  verdict: Verdict;
}

// Next bundles its own copy of this module: what both copies share is on globalThis.
const globals = globalThis as { keywardApprovals?: Map<string, Approval> };
globals.keywardApprovals ??= new Map();
const approvals = globals.keywardApprovals;

/** Asks the database who asks; tells the browser instead when it cannot be asked. */
async function verdictOn(cookies: ReadonlyMap<string, string>, response: ServerResponse) {
  try {
    return await authenticate(cookies);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code !== "unavailable") throw thrown;
    const { body, status, headers } = unavailablePage(error);
    response.writeHead(status, headers).end(body);
    return undefined;
  }
}

/**
 * Spares a page the proxy, which costs Next several times the work it does: whoever is signed in, with a token that is
 * not due, is let through with all that the proxy would add. Everything else is the proxy's to decide, as are pages on
 * hosts without our listener.
 * @returns whether the request is answered already
 */
export async function approvePage(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const target = request.url ?? "";
  if ((request.method !== "GET" && request.method !== "HEAD") || !PAGES.test(target)) return false;
  const cookies = parseCookies(request.headers.cookie ?? null);
  const token = cookies.get(cookieNames().access);
  if (!token) return false;
  const verdict = await verdictOn(cookies, response);
  if (!verdict) return true;
  if (verdict.kind !== "signed-in" || verdict.expiresInS < RENEW_BEFORE_S) return false;
  const policy = pagePolicy();
  setHeaders(request, { [APPROVED_HEADER]: "1", "content-security-policy": policy });
  response.setHeader("content-security-policy", policy);
  const requestId = request.headers[REQUEST_ID_HEADER]?.toString() ?? "";
  approvals.set(requestId, { token, verdict });
  response.once("close", () => approvals.delete(requestId));
  return false;
}

/**
 * The database's verdict on this very request, if the listener asked for it a moment ago. It is looked up by an id that
 * the listener made for the request and told nobody yet, and holds only for the token it was about; no header says who
 * somebody is.
 */
export function takeVerdict(headers: Headers): Verdict | undefined {
  const requestId = headers.get(REQUEST_ID_HEADER) ?? "";
  const approval = approvals.get(requestId);
  approvals.delete(requestId);
  const token = parseCookies(headers.get("cookie")).get(cookieNames().access);
  return approval && approval.token === token ? approval.verdict : undefined;
}
