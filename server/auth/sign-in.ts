import { giveBack, returnedColumns } from "@/server/core/attempts";
import { sha256Hex } from "@/server/core/crypto";
import { AppError } from "@/server/core/errors";
import { type SessionId, UserId } from "@/server/core/ids";
import type { Caller } from "@/server/core/operation";
import * as passwords from "@/server/modules/identity/passwords.service";
import { type Credentials, type TakenSignIn, takeSignIn } from "@/server/modules/sessions/authority.service";
import type { SignIn } from "@/server/modules/sessions/schema";
import * as sessions from "@/server/modules/sessions/service";
import { type TokenSource, verifyAccessToken } from "./access-token";
import { cookieNames, parseCookies } from "./cookies";
import type { Handshake } from "./handshake";
import { hashPassword, needsRehash, verifyPassword } from "./password";
import { verifyRefreshToken } from "./refresh-token";
import { budgetsOf, isClearedBySuccess } from "./sign-in-budgets";

const signInCaller = ({ request }: Handshake): Caller => ({ actor: { kind: "system", name: "sign-in" }, request });

const wrong = () => new AppError("wrong-credentials", "Wrong user name or password.");

const isBusy = (thrown: unknown) => thrown instanceof AppError && thrown.code === "too-many-requests";

/** Replaces a hash made with weaker parameters or imported; the old checksum stays good for running sessions. */
async function bringUpToDate({ userId, passwordHash }: Credentials, password: string, caller: Caller): Promise<void> {
  if (!passwordHash || !needsRehash(passwordHash, password)) return;
  // Whoever is in is not turned away because the hash cannot be renewed now: the next sign-in will.
  const replacement = await hashPassword(password).catch((thrown: unknown) => {
    if (!isBusy(thrown)) throw thrown;
  });
  if (!replacement) return;
  await passwords.rehashPassword.execute(caller, {
    userId: UserId.parse(userId),
    was: passwordHash,
    passwordHash: replacement,
  });
}

/** An attempt that found no room to be looked at was none. */
async function verifyTaken({ user, attempts }: TakenSignIn, password: string): Promise<boolean> {
  return await verifyPassword(user?.passwordHash ?? null, password).catch(async (thrown: unknown) => {
    await giveBack(attempts);
    throw thrown;
  });
}

/**
 * Checks the password outside any transaction, then starts a session only if the user is still what was checked.
 * Unknown and inactive users are told the same, after the same work.
 * @throws {AppError} wrong-credentials, too-many-requests, unavailable
 */
export async function signIn(input: SignIn, handshake: Handshake): Promise<TokenSource> {
  const caller = signInCaller(handshake);
  const login = input.username;
  const deviceHash = sha256Hex(handshake.device);
  const taken = await takeSignIn({ login, deviceHash }, budgetsOf(handshake.request.ip));
  const isRight = await verifyTaken(taken, input.password);
  const { user, attempts, locks } = taken;
  const userId = user && UserId.parse(user.userId);
  if (!user || !userId || !isRight || user.status !== "active") {
    const reason = !user ? "unknown" : isRight ? user.status : "password";
    await sessions.recordRefusal.execute(caller, { userId, login, reason, locks });
    throw wrong();
  }
  await bringUpToDate(user, input.password, caller);
  const started = await sessions.start.execute(caller, {
    userId,
    checksum: user.checksum,
    deviceHash,
    presentedId: await presentedSession(handshake.headers),
    isRemembered: input.remember,
    attempts: returnedColumns(attempts, isClearedBySuccess),
  });
  if (!started) throw wrong();
  return started;
}

/** The session a request's cookies belong to, however old its tokens: enough to end it. */
async function presentedSession(headers: Headers): Promise<SessionId | undefined> {
  const cookies = parseCookies(headers.get("cookie"));
  const names = cookieNames();
  const refresh = verifyRefreshToken(cookies.get(names.refresh) ?? "");
  if (refresh) return refresh.sessionId;
  const access = cookies.get(names.access);
  return access ? (await verifyAccessToken(access))?.claims.sid : undefined;
}

/** Signs the request's session out. */
export async function endSession(handshake: Handshake): Promise<void> {
  const sessionId = await presentedSession(handshake.headers);
  if (sessionId) await sessions.end.execute(signInCaller(handshake), { sessionId });
}
