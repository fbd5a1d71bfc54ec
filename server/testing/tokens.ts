import { decodeJwt, decodeProtectedHeader, type JWTHeaderParameters, type JWTPayload, SignJWT } from "jose";
import { mintRefreshToken, type RefreshClaims, verifyRefreshToken } from "@/server/auth/refresh-token";
import type { Key } from "@/server/core/crypto";
import { secrets } from "@/server/core/secrets";

/** The first of a purpose's keys, the one that signs. */
export function signingKey(purpose: "session" | "refresh"): Key {
  const [key] = secrets()[purpose];
  if (!key) throw new Error(`There is no ${purpose} key`);
  return key;
}

interface Changes {
  claims?: JWTPayload;
  header?: Partial<JWTHeaderParameters>;
  key?: Uint8Array;
}

/** An access token with some of its claims or its header changed, signed again: with our key unless told otherwise. */
export function resigned(
  token: string,
  { claims, header, key = signingKey("session").bytes }: Changes,
): Promise<string> {
  const original = decodeProtectedHeader(token);
  return new SignJWT({ ...decodeJwt(token), ...claims })
    .setProtectedHeader({ ...original, alg: "HS256", ...header })
    .sign(key);
}

/** The token as it will be once its five minutes are over. */
export const expired = (token: string): Promise<string> =>
  resigned(token, { claims: { exp: Math.floor(Date.now() / 1000) - 1 } });

/** What a refresh token of ours says. */
export function refreshClaims(token: string): RefreshClaims {
  const claims = verifyRefreshToken(token);
  if (!claims) throw new Error("Not a refresh token of ours");
  return claims;
}

/** The same session's refresh token of another generation, with a MAC that holds. */
export function otherGeneration(token: string, by: number): string {
  const { sessionId, generation } = refreshClaims(token);
  return mintRefreshToken({ sessionId, generation: generation + by });
}
