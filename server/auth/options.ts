import type { NextAuthConfig } from "next-auth";
import { CredentialsSignin } from "next-auth";
import Credentials from "next-auth/providers/credentials";
import { type ProblemCode, toAppError } from "@/server/core/errors";
import { secrets } from "@/server/core/secrets";
import { SignIn } from "@/server/modules/sessions/schema";
import { authenticateToken } from "./authority";
import { cookieNames, isSecureOrigin } from "./cookies";
import { currentHandshake } from "./handshake";
import { endSession, signIn } from "./sign-in";

/** Shown to the browser as `code`; the text belongs to the page. */
class Refused extends CredentialsSignin {
  constructor(code: string) {
    super();
    this.code = code;
  }
}

/** Answered with their own status and `Retry-After`; NextAuth would make a redirect of them. */
const OURS_TO_ANSWER: ReadonlySet<ProblemCode> = new Set(["internal", "unavailable", "too-many-requests"]);

async function authorize(credentials: unknown) {
  const handshake = currentHandshake();
  const input = SignIn.safeParse(credentials);
  if (!input.success) throw new Refused("wrong-credentials");
  try {
    const started = await signIn(input.data, handshake);
    handshake.started = started;
    return { id: started.userId };
  } catch (thrown) {
    const refused = toAppError(thrown);
    if (OURS_TO_ANSWER.has(refused.code)) handshake.failure = thrown;
    throw new Refused(refused.code);
  }
}

/** What stands in for NextAuth's own token: the access token is read, judged by the authority and never re-signed. */
async function decode({ token }: { token?: string }) {
  try {
    const verdict = await authenticateToken(token, false);
    if (verdict.kind !== "signed-in") return null;
    const { userId, sessionId, displayName, email } = verdict.actor;
    return { sub: userId, sid: sessionId, name: displayName, email };
  } catch (thrown) {
    currentHandshake().failure = thrown;
    return null;
  }
}

/**
 * NextAuth does the handshake (CSRF token, provider, callback); the session engine does the rest. Its own cookie is
 * taken off every answer by `auth-routes.ts`, so what it encodes never leaves the process.
 */
export function authConfig(): NextAuthConfig {
  return {
    basePath: "/api/auth",
    trustHost: true,
    secret: secrets().session.map(({ bytes }) => bytes.toString("base64url")),
    useSecureCookies: isSecureOrigin(),
    session: { strategy: "jwt" },
    cookies: { sessionToken: { name: cookieNames().access, options: { httpOnly: true, sameSite: "lax", path: "/" } } },
    pages: { signIn: "/sign-in", signOut: "/sign-out", error: "/sign-in" },
    providers: [Credentials({ credentials: { username: {}, password: {}, remember: {} }, authorize })],
    jwt: { encode: async () => "not-issued", decode },
    callbacks: {
      jwt: ({ token }) => token,
      session: ({ session, token }) => ({
        expires: session.expires,
        user: { id: token.sub, name: token.name, email: token.email },
      }),
    },
    events: {
      async signOut() {
        const handshake = currentHandshake();
        handshake.ended = true;
        await endSession(handshake).catch((thrown: unknown) => {
          handshake.failure = thrown;
        });
      },
    },
    logger: { error: () => undefined, warn: () => undefined, debug: () => undefined },
  };
}
