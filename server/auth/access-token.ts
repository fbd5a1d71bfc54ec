import { jwtVerify } from "jose";
import { z } from "zod";
import { hmacSha256, type Key } from "@/server/core/crypto";
import { env } from "@/server/core/env";
import { type SessionId, SessionId as SessionIdSchema, UserId } from "@/server/core/ids";
import { secrets } from "@/server/core/secrets";

export const ACCESS_LIFETIME_S = 300;
/** A page request this close to the access token's end rotates it. */
export const RENEW_BEFORE_S = 45;
const CLOCK_TOLERANCE_S = 15;

const Claims = z.object({
  sub: UserId,
  sid: SessionIdSchema,
  gen: z.number().int().positive(),
  /** First 16 bytes of the session's checksum, base64url. */
  chk: z.string().length(22),
  aal: z.number().int(),
  amr: z.array(z.string()),
  auth_time: z.number().int(),
  iat: z.number().int(),
  exp: z.number().int(),
  /** Absolute end of the session, seconds. */
  sexp: z.number().int(),
  jti: z.string(),
});
export type AccessClaims = z.infer<typeof Claims>;

/** The row behind a token: what the database says of a session at this moment. */
export interface TokenSource {
  sessionId: SessionId;
  userId: UserId;
  generation: number;
  sessionChecksum: string;
  assuranceLevel: number;
  authenticatedAt: Date;
  endsAt: Date;
}

/** `chk`: enough of a checksum to bind a token to it, too little to be worth stealing. */
export const shortChecksum = (checksumHex: string): string =>
  Buffer.from(checksumHex.slice(0, 32), "hex").toString("base64url");

const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

/**
 * Mints the access JWT from the session's own row, never from a freshly read user. Signed here and now: WebCrypto, which
 * jose signs with, would take it through a thread and back, which costs several times what the signature does.
 */
export function mintAccessToken(source: TokenSource): string {
  const [key] = secrets().session;
  if (!key) throw new Error("No session key is configured");
  const now = Math.floor(Date.now() / 1000);
  const claims: AccessClaims & { iss: string; aud: "web" } = {
    sid: source.sessionId,
    gen: source.generation,
    chk: shortChecksum(source.sessionChecksum),
    aal: source.assuranceLevel,
    amr: source.assuranceLevel > 1 ? ["pwd", "mfa"] : ["pwd"],
    auth_time: seconds(source.authenticatedAt),
    sexp: seconds(source.endsAt),
    sub: source.userId,
    iss: env().KEYWARD_URL,
    aud: "web",
    jti: crypto.randomUUID(),
    iat: now,
    exp: Math.min(now + ACCESS_LIFETIME_S, seconds(source.endsAt)),
  };
  const signed = `${encoded({ alg: "HS256", kid: key.id, typ: "at+jwt" })}.${encoded(claims)}`;
  return `${signed}.${hmacSha256(key.bytes, signed).toString("base64url")}`;
}

/**
 * A signature that held once holds for as long as the keys are the same: only its clock needs another look. Bounded,
 * oldest out first.
 */
const MEMO_SIZE = 10_000;
const memos = new WeakMap<object, Map<string, AccessClaims>>();

function memoOf(keys: readonly Key[]): Map<string, AccessClaims> {
  const memo = memos.get(keys) ?? new Map<string, AccessClaims>();
  memos.set(keys, memo);
  return memo;
}

function remember(memo: Map<string, AccessClaims>, token: string, claims: AccessClaims): AccessClaims {
  if (memo.size >= MEMO_SIZE) memo.delete(memo.keys().next().value ?? "");
  memo.set(token, claims);
  return claims;
}

/** The last letter of a signature has bits to spare: only one spelling of it counts, so that no letter may change. */
function isCanonical(token: string): boolean {
  const signature = token.slice(token.lastIndexOf(".") + 1);
  return Buffer.from(signature, "base64url").toString("base64url") === signature;
}

async function verifySignature(token: string): Promise<AccessClaims | undefined> {
  const keys = secrets().session;
  const memo = memoOf(keys);
  const known = memo.get(token);
  if (known) return known;
  if (!isCanonical(token)) return undefined;
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const key = keys.find((candidate) => candidate.id === kid);
        if (!key) throw new Error("The key id is not known");
        return key.bytes;
      },
      { algorithms: ["HS256"], typ: "at+jwt", audience: "web", issuer: env().KEYWARD_URL, currentDate: new Date(0) },
    );
    return remember(memo, token, Claims.parse(payload));
  } catch {
    return undefined;
  }
}

export interface VerifiedAccess {
  claims: AccessClaims;
  isExpired: boolean;
  /** Seconds until `exp`; negative when past. */
  expiresInS: number;
}

/** Signature, algorithm, type, audience and issuer first; then the clocks. `undefined` for anything not ours. */
export async function verifyAccessToken(token: string): Promise<VerifiedAccess | undefined> {
  const claims = await verifySignature(token);
  if (!claims) return undefined;
  const now = Date.now() / 1000;
  if (now >= claims.sexp || claims.iat > now + CLOCK_TOLERANCE_S) return undefined;
  return { claims, isExpired: now >= claims.exp, expiresInS: claims.exp - now };
}
