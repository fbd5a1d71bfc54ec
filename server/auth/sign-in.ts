import { type Attempt, giveBack, take } from "@/server/core/attempts";
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
import { attemptsOf, isClearedBySuccess } from "./sign-in-budgets";

const signInCaller = ({ request }: Handshake): Caller => ({ actor: { kind: "system", name: "sign-in" }, request });

const wrong = () => new AppError("wrong-credentials", "Wrong user name or password.");

type Credentials = NonNullable<Awaited<ReturnType<typeof passwords.findCredentials.execute>>["user"]>;

const isBusy = (thrown: unknown) => thrown instanceof AppError && thrown.code === "too-many-requests";

/** Replaces a hash made with weaker parameters or imported; the old checksum stays good for running sessions. */
async function bringUpToDate({ id, passwordHash }: Credentials, password: string, caller: Caller): Promise<void> {
  if (!passwordHash || !needsRehash(passwordHash, password)) return;
  // Whoever is in is not turned away because the hash cannot be renewed now: the next sign-in will.
  const replacement = await hashPassword(password).catch((thrown: unknown) => {
    if (!isBusy(thrown)) throw thrown;
  });
  if (!replacement) return;
  await passwords.rehashPassword.execute(caller, { userId: id, was: passwordHash, passwordHash: replacement });
}

/** Checks the password if a budget allows it; the attempt counts before, so that no burst gets more than that. */
async function verifyCounted(attempts: Attempt[], stored: string | null, password: string) {
  const locks = await take(attempts);
  // An attempt that found no room was none.
  const isRight = await verifyPassword(stored, password).catch(async (thrown: unknown) => {
    await giveBack(attempts);
    throw thrown;
  });
  return { isRight, locks };
}

/**
 * Checks the password outside any transaction, then starts a session only if the user is still what was checked.
 * Unknown and inactive users are told the same, after the same work.
 * @throws {AppError} wrong-credentials, too-many-requests, unavailable
 */
export async function signIn(input: SignIn, handshake: Handshake): Promise<{ sessionId: SessionId; userId: UserId }> {
  const caller = signInCaller(handshake);
  const login = input.username;
  const deviceHash = sha256Hex(handshake.device);
  const { name, user, isKnownDevice } = await passwords.findCredentials.execute(caller, { login, deviceHash });
  const attempts = attemptsOf({
    name,
    ip: handshake.request.ip,
    knownDevice: user && isKnownDevice ? { userId: user.id, deviceHash } : undefined,
  });
  const { isRight, locks } = await verifyCounted(attempts, user?.passwordHash ?? null, input.password);
  if (!user || !isRight || user.status !== "active") {
    const reason = !user ? "unknown" : isRight ? user.status : "password";
    await sessions.recordRefusal.execute(caller, { userId: user?.id ?? null, login, reason, locks });
    throw wrong();
  }
  await giveBack(attempts, isClearedBySuccess);
  await bringUpToDate(user, input.password, caller);
  const started = await sessions.start.execute(caller, {
    userId: user.id,
    checksum: user.checksum,
    deviceHash,
    presentedId: await presentedSession(handshake.headers),
    isRemembered: input.remember,
  });
  if (!started) throw wrong();
  return { sessionId: started.id, userId: user.id };
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
