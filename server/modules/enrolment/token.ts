import { randomBytes } from "node:crypto";
import { hmacSha256, type Key } from "@/server/core/crypto";

const TOKEN_BYTES = 8;

/** A fresh enrolment token: 64 random bits as 16 hex digits. */
export const newToken = (): string => randomBytes(TOKEN_BYTES).toString("hex");

/** The canonical form of what somebody typed: lower case, dashes dropped; `undefined` when it is no token. */
export function normaliseToken(text: string): string | undefined {
  const token = text.replaceAll("-", "").trim().toLowerCase();
  return /^[0-9a-f]{16}$/.test(token) ? token : undefined;
}

/** How a token is found: HMAC-SHA-256 under a pepper that is not in the database, so that a leak of it gives none away. */
export const tokenHmac = (pepper: Key, token: string): Buffer => hmacSha256(pepper.bytes, token);
