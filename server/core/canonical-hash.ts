import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/** SHA-256 of the RFC 8785 form, base64url. @throws {TypeError} for what JSON cannot carry */
export function canonicalHash(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("not a JSON value");
  return createHash("sha256").update(text).digest("base64url");
}

/** The ETag of a desired-state document, without the quotes HTTP puts around it. */
export const desiredEtag = (document: unknown): string => `ds1-${canonicalHash(document)}`;
