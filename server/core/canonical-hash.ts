import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/** The RFC 8785 text of a value. @throws {TypeError} for what JSON cannot carry */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("not a JSON value");
  return text;
}

/** SHA-256 of the RFC 8785 form, base64url. @throws {TypeError} for what JSON cannot carry */
export const canonicalHash = (value: unknown): string =>
  createHash("sha256").update(canonicalJson(value)).digest("base64url");

/** The ETag of a desired-state document, without the quotes HTTP puts around it. */
export const desiredEtag = (document: unknown): string => `ds1-${canonicalHash(document)}`;
