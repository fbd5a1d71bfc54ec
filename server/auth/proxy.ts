import { type NextRequest, NextResponse } from "next/server";
import { ping } from "@/server/core/database";
import { AppError, toAppError } from "@/server/core/errors";
import { PAGE_HEADER, PREFETCH_HEADER } from "@/server/http/request-meta";
import { authenticate } from "./authority";
import { cookieNames, parseCookies, withCookies } from "./cookies";
import { pagePolicy } from "./page-policy";
import { type ResolvedSession, resolveSession } from "./session-request";
import { unavailablePage } from "./unavailable-page";

/** Pages one may see without a session. */
const PUBLIC_PAGES = ["/sign-in", "/sign-out", "/setup", "/accept-invite", "/reset-password", "/verify-email"];

const isPublic = (path: string) => PUBLIC_PAGES.some((page) => path === page || path.startsWith(`${page}/`));

function isPrefetch(headers: Headers): boolean {
  return headers.has(PREFETCH_HEADER) || (headers.get("sec-purpose") ?? "").includes("prefetch");
}

/** The request as the page sees it: fresh tokens, its own path, a nonce for the page's scripts. */
function pageHeaders(request: NextRequest, session: ResolvedSession, policy: string): Headers {
  const headers = new Headers(request.headers);
  const names = cookieNames();
  const { tokens, verdict } = session;
  if (tokens) {
    const fresh = { [names.access]: tokens.access, [names.refresh]: tokens.refresh };
    headers.set("cookie", withCookies(headers.get("cookie"), fresh));
  } else if (verdict.kind === "ended") {
    const gone = { [names.access]: null, [names.refresh]: null };
    headers.set("cookie", withCookies(headers.get("cookie"), gone));
  }
  headers.set(PAGE_HEADER, request.nextUrl.pathname + request.nextUrl.search);
  headers.set("content-security-policy", policy);
  return headers;
}

function unavailable(error: AppError): NextResponse {
  const { body, ...init } = unavailablePage(error);
  return new NextResponse(body, init);
}

function toSignIn(request: NextRequest): NextResponse {
  const url = new URL("/sign-in", request.nextUrl);
  url.searchParams.set("next", request.nextUrl.pathname + request.nextUrl.search);
  return NextResponse.redirect(url);
}

/** A page that needs no session still needs the database: better no page than half of one. */
async function requireDatabase(path: string): Promise<void> {
  if (isPublic(path)) await ping();
}

async function sessionOf(request: NextRequest): Promise<ResolvedSession> {
  if (!isPrefetch(request.headers)) return resolveSession(request.headers);
  return { verdict: await authenticate(parseCookies(request.headers.get("cookie"))), setCookies: [] };
}

/**
 * Before every page: resolves the session, rotates it when due and sends whoever has none to sign in. A courtesy, not
 * the boundary: pages, procedures and endpoints each authenticate for themselves.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  try {
    await requireDatabase(request.nextUrl.pathname);
    const session = await sessionOf(request);
    const policy = pagePolicy();
    const isSignedIn = session.verdict.kind === "signed-in" || session.verdict.kind === "refresh";
    const response =
      isSignedIn || isPublic(request.nextUrl.pathname)
        ? NextResponse.next({ request: { headers: pageHeaders(request, session, policy) } })
        : toSignIn(request);
    response.headers.set("content-security-policy", policy);
    if (session.setCookies.length > 0) response.headers.set("cache-control", "private, no-store");
    for (const cookie of session.setCookies) response.headers.append("set-cookie", cookie);
    return response;
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error instanceof AppError && error.code === "unavailable") return unavailable(error);
    throw thrown;
  }
}
