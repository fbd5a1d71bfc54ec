import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { createSignatureSync, type MessageDescriptor, type SignatureComponent } from "http-message-sig";

/** What is signed about a request. `authority` is lower-case and without its scheme's default port. */
export interface RequestTarget {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
}

export interface BaseInput {
  readonly label: string;
  readonly components: readonly SignatureComponent[];
  readonly parameters: Readonly<Record<string, string | number>>;
}

/** The `Content-Digest` field of these bytes (RFC 9530, sha-256). */
export const contentDigest = (body: Uint8Array | string): string =>
  `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;

/** A request as the library wants it, with only the fields that a signature may cover. */
export function describeRequest(target: RequestTarget, fields: Readonly<Record<string, string>>) {
  // The library takes @authority from a URL, which drops the scheme's default port: pick the scheme that keeps it.
  const scheme = target.authority.endsWith(":443") ? "http" : "https";
  return {
    kind: "request",
    method: target.method,
    targetUri: `${scheme}://${target.authority}${target.path}`,
    fields: toFields(fields),
  } as const;
}

export const toFields = (fields: Readonly<Record<string, string>>) =>
  Object.entries(fields).map(([name, value]) => ({ name, value }));

/** Signs in the encoding RFC 9421 §3.3 asks for: Ed25519, or P-256 as r‖s. */
export function signMessage(message: MessageDescriptor, input: BaseInput, key: KeyObject) {
  return createSignatureSync(message, {
    ...input,
    signer: {
      algorithm: "from the key",
      sign: (base) =>
        key.asymmetricKeyType === "ec"
          ? sign("sha256", base, { key, dsaEncoding: "ieee-p1363" })
          : sign(null, base, key),
    },
  });
}

/**
 * Builds the base of a received signature. The library verifies only asynchronously and to a minimum policy; signing
 * with a signer that keeps the base gives the same bytes at once.
 * @param received `label=input` as it came; undefined is returned unless the library serialises to exactly that
 */
export function baseOf(message: MessageDescriptor, input: BaseInput, received: string): Uint8Array | undefined {
  let kept: Uint8Array | undefined;
  const { signatureInput } = createSignatureSync(message, {
    ...input,
    signer: {
      algorithm: "from the key",
      sign: (base) => {
        kept = base;
        return new Uint8Array();
      },
    },
  });
  return signatureInput === received ? kept : undefined;
}

/** Verifies with an Ed25519 or P-256 key; any other kind of key is a refusal. */
export function verifyBase(key: KeyObject, base: Uint8Array, signature: Uint8Array): boolean {
  if (key.asymmetricKeyType === "ed25519") return verify(null, base, key, signature);
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1") return false;
  return verify("sha256", base, { key, dsaEncoding: "ieee-p1363" }, signature);
}
