import { sha256Hex } from "@/server/core/crypto";
import { AppError } from "@/server/core/errors";
import type { SessionId, UserId } from "@/server/core/ids";
import type { Caller } from "@/server/core/operation";
import * as passwords from "@/server/modules/identity/passwords.service";
import type { SignIn } from "@/server/modules/sessions/schema";
import * as sessions from "@/server/modules/sessions/service";
import { verifyAccessToken } from "./access-token";
import { cookieNames, parseCookies } from "./cookies";
import type { Handshake } from "./handshake";
import { hashPassword, needsRehash, verifyPassword } from "./password";
import { verifyRefreshToken } from "./refresh-token";

const signInCaller = ({ request }: Handshake): Caller => ({ actor: { kind: "system", name: "sign-in" }, request });

const wrong = () => new AppError("wrong-credentials", "Wrong user name or password.");

type Credentials = NonNullable<Awaited<ReturnType<typeof passwords.findCredentials.execute>>>;

/** Replaces a hash made with weaker parameters or imported; the old checksum stays good for running sessions. */
async function bringUpToDate({ id, passwordHash }: Credentials, password: string, caller: Caller): Promise<void> {
  if (!passwordHash || !needsRehash(passwordHash, password)) return;
  const replacement = await hashPassword(password);
  await passwords.rehashPassword.execute(caller, { userId: id, was: passwordHash, passwordHash: replacement });
}

/**
 * Checks the password outside any transaction, then starts a session only if the user is still what was checked.
 * Unknown and inactive users are told the same, after the same work.
 * @throws {AppError} wrong-credentials, too-many-requests, unavailable
 */
export async function signIn(input: SignIn, handshake: Handshake): Promise<{ sessionId: SessionId; userId: UserId }> {
  const caller = signInCaller(handshake);
  const found = await passwords.findCredentials.execute(caller, { login: input.username });
  const isRight = await verifyPassword(found?.passwordHash ?? null, input.password);
  if (!found || !isRight || found.status !== "active") {
    const reason = !found ? "unknown" : isRight ? found.status : "password";
    await sessions.recordRefusal.execute(caller, { userId: found?.id ?? null, login: input.username, reason });
    throw wrong();
  }
  await bringUpToDate(found, input.password, caller);
  const started = await sessions.start.execute(caller, {
    userId: found.id,
    checksum: found.checksum,
    deviceHash: sha256Hex(handshake.device),
    presentedId: await presentedSession(handshake.headers),
    isRemembered: input.remember,
  });
  if (!started) throw wrong();
  return { sessionId: started.id, userId: found.id };
}

/** The session a request's cookies belong to, however old its tokens: enough to end it. */
async function presentedSession(headers: Headers): Promise<SessionId | undefined> {
  const cookies = parseCookies(headers.get("cookie"));
  const names = cookieNames();
  const refresh = verifyRefreshToken(cookies.get(names.refresh) ?? "");
  if (refresh) return refresh.sessionId;
  return (await verifyAccessToken(cookies.get(names.access) ?? ""))?.claims.sid;
}

/** Signs the request's session out. */
export async function endSession(handshake: Handshake): Promise<void> {
  const sessionId = await presentedSession(handshake.headers);
  if (sessionId) await sessions.end.execute(signInCaller(handshake), { sessionId });
}
