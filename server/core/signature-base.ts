import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { promisify } from "node:util";

/** What is signed about a request. `authority` is lower-case and without its scheme's default port. */
export interface RequestTarget {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
}

/** A covered component: its identifier as it is serialised, quotes and parameters included, and its value. */
export type Covered = readonly [identifier: string, value: string];

/** Parameters of a signature in their order. Strings hold nothing that would need escaping. */
export type Parameters = Readonly<Record<string, string | number>>;

/** The `Content-Digest` field of a SHA-256 (RFC 9530). */
export const digestField = (sha256: Uint8Array): string => `sha-256=:${Buffer.from(sha256).toString("base64")}:`;

const digested = (body: Uint8Array | string): string => digestField(createHash("sha256").update(body).digest());

/** Most requests and many answers have no body. */
const DIGEST_OF_NOTHING = digested("");

/** The `Content-Digest` field of these bytes. */
export const contentDigest = (body: Uint8Array | string): string =>
  body.length === 0 ? DIGEST_OF_NOTHING : digested(body);

/** Components and parameters as `Signature-Input` carries them: `("@method" …);created=…` (RFC 9421 §4.1). */
export function signatureInput(covered: readonly Covered[], parameters: Parameters): string {
  const components = covered.map(([identifier]) => identifier).join(" ");
  const suffix = Object.entries(parameters).map(([name, value]) =>
    typeof value === "number" ? `;${name}=${value}` : `;${name}="${value}"`,
  );
  return `(${components})${suffix.join("")}`;
}

/** The bytes a signature is made over (RFC 9421 §2.5). `input` is what {@link signatureInput} gives, or gave the sender. */
export function signatureBase(covered: readonly Covered[], input: string): Uint8Array {
  const lines = covered.map(([identifier, value]) => `${identifier}: ${value}`);
  return Buffer.from([...lines, `"@signature-params": ${input}`].join("\n"));
}

/** The two field members of a new signature, in the encoding RFC 9421 §3.3 asks for: Ed25519, or P-256 as r‖s. */
export function signMessage(
  covered: readonly Covered[],
  { label, parameters, key }: { label: string; parameters: Parameters; key: KeyObject },
): { signatureInput: string; signature: string } {
  const input = signatureInput(covered, parameters);
  const base = signatureBase(covered, input);
  const bytes =
    key.asymmetricKeyType === "ec" ? sign("sha256", base, { key, dsaEncoding: "ieee-p1363" }) : sign(null, base, key);
  return { signatureInput: `${label}=${input}`, signature: `${label}=:${bytes.toString("base64")}:` };
}

const isP256 = (key: KeyObject): boolean =>
  key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1";

/** Verifies with an Ed25519 or P-256 key; any other kind of key is a refusal. */
export function verifyBase(key: KeyObject, base: Uint8Array, signature: Uint8Array): boolean {
  if (key.asymmetricKeyType === "ed25519") return verify(null, base, key, signature);
  return isP256(key) && verify("sha256", base, { key, dsaEncoding: "ieee-p1363" }, signature);
}

const verifyElsewhere = promisify(verify);

/** {@link verifyBase} on a thread of Node's pool, so that a busy server uses more than one core. */
export async function verifyBaseAsync(key: KeyObject, base: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (key.asymmetricKeyType === "ed25519") return verifyElsewhere(null, base, key, signature);
  return isP256(key) && verifyElsewhere("sha256", base, { key, dsaEncoding: "ieee-p1363" }, signature);
}
