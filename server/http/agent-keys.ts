import { AppError } from "@/server/core/errors";
import { parsePublicJwk } from "@/server/core/public-jwk";

/**
 * The public key a body carries under `jwk`, if its thumbprint is the `keyid` that signed.
 * @throws {AppError} malformed, private-key-exposed, signature-invalid
 */
export function requireKey(body: unknown, kid: string | undefined) {
  const jwk = typeof body === "object" && body !== null && "jwk" in body ? body.jwk : undefined;
  const parsed = parsePublicJwk(jwk);
  if (!parsed.ok) throw new AppError(parsed.code, `${parsed.detail}.`);
  if (parsed.kid !== kid)
    throw new AppError("signature-invalid", "keyid is not the thumbprint of the key in the body.");
  return parsed;
}
