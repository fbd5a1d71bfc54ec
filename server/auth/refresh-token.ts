import { hmacSha256, type Key, sameSecret, sha256Hex } from "@/server/core/crypto";
import { SessionId } from "@/server/core/ids";
import { secrets } from "@/server/core/secrets";

/** A refresh token whose MAC held: which session it is of, and which generation of it. */
export interface RefreshClaims {
  sessionId: SessionId;
  generation: number;
}

const mac = (key: Key, sessionId: string, generation: number): string =>
  hmacSha256(key.bytes, `rt1|${key.id}|${sessionId}|${generation}`).toString("base64url");

/**
 * `rt1.<kid>.<sid>.<gen>.<mac>`: computable from the key alone, so that nothing replayable is stored and every
 * caller that presents the same predecessor gets the same successor.
 */
export function mintRefreshToken({ sessionId, generation }: RefreshClaims): string {
  const [key] = secrets().refresh;
  if (!key) throw new Error("No refresh key is configured");
  return ["rt1", key.id, sessionId, generation, mac(key, sessionId, generation)].join(".");
}

/** Checks the MAC before anything else is looked at; forgeries cost no database work. */
export function verifyRefreshToken(token: string): RefreshClaims | undefined {
  const [version, kid, sid, gen, tag, ...rest] = token.split(".");
  if (version !== "rt1" || !kid || !sid || !gen || !tag || rest.length > 0 || !/^[1-9]\d{0,9}$/.test(gen))
    return undefined;
  const key = secrets().refresh.find((candidate) => candidate.id === kid);
  if (!key || !sameSecret(tag, mac(key, sid, Number(gen)))) return undefined;
  const sessionId = SessionId.safeParse(sid);
  return sessionId.success ? { sessionId: sessionId.data, generation: Number(gen) } : undefined;
}

/** What the database keeps of a refresh token. */
export const refreshTokenHash = (claims: RefreshClaims): string => sha256Hex(mintRefreshToken(claims));
