import { requestMeta } from "@/server/http/request-meta";
import { RENEW_BEFORE_S } from "./access-token";
import { authenticate, type Verdict } from "./authority";
import { clearedCookies, cookieNames, parseCookies, type SessionTokens, sessionCookies } from "./cookies";
import { rotate } from "./rotation";

/** A request's session, with what the answer must tell the browser about it. */
export interface ResolvedSession {
  verdict: Verdict;
  /** `Set-Cookie` values for the answer. */
  setCookies: string[];
  /** Fresh tokens, for whoever must pass them on within the same request. */
  tokens?: SessionTokens;
}

function isDue(verdict: Verdict): boolean {
  return verdict.kind === "refresh" || (verdict.kind === "signed-in" && verdict.expiresInS < RENEW_BEFORE_S);
}

function settled(verdict: Verdict): ResolvedSession {
  return { verdict, setCookies: verdict.kind === "ended" ? clearedCookies() : [] };
}

/** Exchanges the request's refresh token, whether or not it is due. @throws {AppError} unavailable */
export async function refreshSession(headers: Headers): Promise<ResolvedSession> {
  const cookies = parseCookies(headers.get("cookie"));
  const names = cookieNames();
  const token = cookies.get(names.refresh);
  if (!token) return settled(cookies.has(names.access) ? { kind: "ended", reason: "unknown" } : { kind: "anonymous" });
  const rotation = await rotate({ token, device: cookies.get(names.device), request: requestMeta(headers, "web") });
  if (rotation.kind === "ended") return settled(rotation);
  return { verdict: rotation, setCookies: sessionCookies(rotation.tokens), tokens: rotation.tokens };
}

/** Authenticates, and rotates when the access token is over or nearly so. @throws {AppError} unavailable */
export async function resolveSession(headers: Headers): Promise<ResolvedSession> {
  const cookies = parseCookies(headers.get("cookie"));
  const verdict = await authenticate(cookies);
  if (!isDue(verdict) || !cookies.has(cookieNames().refresh)) {
    return settled(verdict.kind === "refresh" ? { kind: "ended", reason: "unknown" } : verdict);
  }
  const refreshed = await refreshSession(headers);
  // A valid access token is not thrown away because its refresh token is stale.
  return refreshed.verdict.kind === "ended" && verdict.kind === "signed-in" ? settled(verdict) : refreshed;
}
