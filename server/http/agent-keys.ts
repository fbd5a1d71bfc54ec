import { AppError } from "@/server/core/errors";
import { type ParsedJwk, parsePublicJwk } from "@/server/core/public-jwk";

const jwkOf = (body: unknown): unknown =>
  typeof body === "object" && body !== null && "jwk" in body ? body.jwk : undefined;

function requireNamed(parsed: ParsedJwk, kid: string | undefined) {
  if (!parsed.ok) throw new AppError(parsed.code, `${parsed.detail}.`);
  if (parsed.kid !== kid)
    throw new AppError("signature-invalid", "keyid is not the thumbprint of the key in the body.");
  return parsed;
}

/**
 * The public key a body carries under `jwk`, if its thumbprint is the `keyid` that signed.
 * @throws {AppError} malformed, private-key-exposed, signature-invalid
 */
export const requireKey = (body: unknown, kid: string | undefined) => requireNamed(parsePublicJwk(jwkOf(body)), kid);

/** The public part of a JWK that has more in it than that. */
function publicPart(jwk: unknown): unknown {
  if (typeof jwk !== "object" || jwk === null) return jwk;
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => ["kty", "crv", "x", "y"].includes(name)));
}

/**
 * Like {@link requireKey}, but a private key is read as far as it is public, for whoever has to know first whether
 * the device really sent it. @throws {AppError} malformed, signature-invalid
 */
export function requireKeyOrExposure(body: unknown, kid: string | undefined) {
  const parsed = parsePublicJwk(jwkOf(body));
  const isExposed = !parsed.ok && parsed.code === "private-key-exposed";
  return { ...requireNamed(isExposed ? parsePublicJwk(publicPart(jwkOf(body))) : parsed, kid), isExposed };
}
