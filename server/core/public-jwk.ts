import { createHash, createPublicKey, type KeyObject } from "node:crypto";

/** A device's or server's public key: RFC 8037 Ed25519 or RFC 7518 P-256, only the members the thumbprint covers. */
export type PublicJwk = { kty: "OKP"; crv: "Ed25519"; x: string } | { kty: "EC"; crv: "P-256"; x: string; y: string };

export type ParsedJwk =
  | { ok: true; jwk: PublicJwk; kid: string; key: KeyObject }
  | { ok: false; code: "malformed" | "private-key-exposed"; detail: string };

const COORDINATE_BYTES = 32;
/** Every RFC 7518 §6 and RFC 8037 §2 member that carries private material. */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const refuse = (code: "malformed" | "private-key-exposed", detail: string): ParsedJwk => ({ ok: false, code, detail });

/** Two encodings of one coordinate would be two thumbprints of one key, so only the canonical one is taken. */
function isCoordinate(value: unknown): value is string {
  if (typeof value !== "string") return false;
  const bytes = Buffer.from(value, "base64url");
  return bytes.length === COORDINATE_BYTES && bytes.toString("base64url") === value;
}

/** The RFC 7638 SHA-256 thumbprint, base64url: a device's identity and a signature's `keyid`. */
export function thumbprint(jwk: PublicJwk): string {
  const members =
    jwk.kty === "OKP" ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x } : { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y };
  return createHash("sha256").update(JSON.stringify(members)).digest("base64url");
}

/** The key to verify with; keep it, making one costs as much as a verification. @throws when the point is not on P-256 */
export function verifyingKey(jwk: PublicJwk): KeyObject {
  return createPublicKey({ key: { ...jwk }, format: "jwk" });
}

/** Reads a foreign JWK. Extra members are refused; private ones with a code of their own, so that it can be audited. */
export function parsePublicJwk(input: unknown): ParsedJwk {
  if (typeof input !== "object" || input === null || Array.isArray(input))
    return refuse("malformed", "not a JWK object");
  const members = new Map(Object.entries(input));
  if (PRIVATE_MEMBERS.some((name) => members.has(name))) {
    return refuse("private-key-exposed", "the JWK holds private members; treat that key as lost");
  }
  const jwk = readMembers(members);
  if (!jwk) return refuse("malformed", "only OKP/Ed25519 and EC/P-256 keys are accepted");
  try {
    return { ok: true, jwk, kid: thumbprint(jwk), key: verifyingKey(jwk) };
  } catch {
    return refuse("malformed", "the key is not a point of its curve");
  }
}

function readMembers(members: ReadonlyMap<string, unknown>): PublicJwk | undefined {
  const [kty, crv, x, y] = ["kty", "crv", "x", "y"].map((name) => members.get(name));
  if (!isCoordinate(x)) return undefined;
  if (kty === "OKP" && crv === "Ed25519" && members.size === 3) return { kty, crv, x };
  if (kty === "EC" && crv === "P-256" && members.size === 4 && isCoordinate(y)) return { kty, crv, x, y };
  return undefined;
}
