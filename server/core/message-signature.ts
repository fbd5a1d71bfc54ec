import { type KeyObject, randomBytes } from "node:crypto";
import {
  type Covered,
  contentDigest,
  type RequestTarget,
  signatureBase,
  signMessage,
  verifyBase,
  verifyBaseAsync,
} from "@/server/core/signature-base";
import { type ParsedSignature, parseSignatures } from "@/server/core/signature-fields";

/**
 * Requests under the profile keyward-agent-v1: HTTP Message Signatures (RFC 9421) over a Content-Digest (RFC 9530).
 * What must be signed, and how, is decided here.
 */
export type SignatureTag = "keyward-enrol-v1" | "keyward-agent-v1" | "keyward-rekey-v1";
export type SignatureLabel = "sig1" | "new";

/** Seconds a signature may lie behind or ahead of the server's clock. */
export const MAX_PAST_S = 300;
export const MAX_FUTURE_S = 60;

const SERIALISED_COMPONENTS = '"@method" "@authority" "@path" "content-digest"';
const covers = ({ method, authority, path }: RequestTarget, digest: string): Covered[] => [
  ['"@method"', method],
  ['"@authority"', authority],
  ['"@path"', path],
  ['"content-digest"', digest],
];
const PARAMETERS = ["created", "keyid", "nonce", "tag"] as const;

const PATH = /^(?:\/[a-z0-9._~-]+)+$/;
const AUTHORITY = /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?$/;
const METHOD = /^(?:GET|POST|PUT|DELETE)$/;
const DIGEST = /^sha-256=:[A-Za-z0-9+/]{43}=:$/;
const KEYID = /^[A-Za-z0-9_-]{43}$/;
/** The published vectors carry ten characters; ours carry twenty-two. */
const NONCE = /^[A-Za-z0-9_-]{10,64}$/;

export type SignatureFailureCode =
  | "malformed"
  | "query-not-allowed"
  | "digest-mismatch"
  | "signature-missing"
  | "signature-invalid"
  | "clock-skew"
  | "key-unknown";

export interface SignatureFailure {
  readonly ok: false;
  readonly code: SignatureFailureCode;
  /** One sentence for logs and the problem's `detail`; holds nothing secret. */
  readonly detail: string;
}

export interface RequestSigner {
  readonly label: SignatureLabel;
  readonly key: KeyObject;
  readonly kid: string;
  readonly tag: SignatureTag;
  readonly nonce: string;
}

/** `Headers`, or anything that answers like it. */
export interface HeaderReader {
  get(name: string): string | null;
}

export interface ReceivedRequest extends RequestTarget {
  readonly headers: HeaderReader;
  /** The bytes on the wire, before any Content-Encoding is undone. */
  readonly body: Uint8Array;
  /** The server's clock, seconds since the epoch. */
  readonly now: number;
  /** The labels that must be there, no more and no fewer, each with the tag it must carry. */
  readonly expect: Readonly<{ sig1: SignatureTag; new?: SignatureTag }>;
}

export interface RequestSignature {
  readonly kid: string;
  /** Seconds since the epoch, by the sender's clock. */
  readonly created: number;
  readonly nonce: string;
  readonly tag: SignatureTag;
}

type KeysByLabel = Readonly<Partial<Record<SignatureLabel, KeyObject>>>;

/** A request of the right form whose signatures were not verified yet: its kids are for looking keys up, no more. */
export interface UnverifiedRequest {
  readonly ok: true;
  readonly claims: Readonly<{ sig1: RequestSignature; new?: RequestSignature }>;
  /** Verifies every signature with these keys, by label; a missing key is `key-unknown`. */
  verify(keys: KeysByLabel): VerifiedRequest | SignatureFailure;
  /** {@link verify} on other threads. */
  verifyAsync(keys: KeysByLabel): Promise<VerifiedRequest | SignatureFailure>;
}

export interface VerifiedRequest {
  readonly ok: true;
  readonly signatures: UnverifiedRequest["claims"];
}

const fail = (code: SignatureFailureCode, detail: string): SignatureFailure => ({ ok: false, code, detail });

/** A nonce of 128 random bits, base64url. */
export const newNonce = (): string => randomBytes(16).toString("base64url");

function badTarget({ method, authority, path }: RequestTarget): SignatureFailure | undefined {
  if (path.includes("?")) return fail("query-not-allowed", "a signed path has no query string");
  if (METHOD.test(method) && PATH.test(path) && AUTHORITY.test(authority)) return undefined;
  return fail("malformed", "method, authority or path is outside the profile");
}

/** The three fields that sign a request. @throws {TypeError} when method, authority or path is outside the profile */
export function signRequest(
  request: RequestTarget & {
    readonly body: Uint8Array | string;
    readonly created: number;
    readonly signers: readonly RequestSigner[];
  },
): Record<"content-digest" | "signature-input" | "signature", string> {
  const bad = badTarget(request);
  if (bad) throw new TypeError(bad.detail);
  const digest = contentDigest(request.body);
  const covered = covers(request, digest);
  const signed = request.signers.map(({ label, key, kid, nonce, tag }) =>
    signMessage(covered, { label, key, parameters: { created: request.created, keyid: kid, nonce, tag } }),
  );
  return {
    "content-digest": digest,
    "signature-input": signed.map((one) => one.signatureInput).join(", "),
    signature: signed.map((one) => one.signature).join(", "),
  };
}

/** Every check of a signed request that needs no key: target, digest, labels, components, parameters, tags, window. */
export function checkRequest(request: ReceivedRequest): UnverifiedRequest | SignatureFailure {
  const bad = badTarget(request) ?? badDigest(request);
  if (bad) return bad;
  const fields = parseSignatures(request.headers.get("signature-input"), request.headers.get("signature"));
  if (!fields.ok) return fields;
  const labels = (["sig1", "new"] as const).filter((label) => request.expect[label] !== undefined);
  if (fields.signatures.size !== labels.length) return fail("signature-invalid", "unexpected set of signature labels");
  const claims: Partial<Record<SignatureLabel, RequestSignature>> = {};
  for (const label of labels) {
    const claim = readClaim(fields.signatures.get(label), request.expect[label]);
    if (!claim.ok) return claim;
    const skew = request.now - claim.value.created;
    if (skew > MAX_PAST_S || skew < -MAX_FUTURE_S) return fail("clock-skew", `created is ${skew} s off`);
    claims[label] = claim.value;
  }
  const { sig1 } = claims;
  if (!sig1) return fail("signature-invalid", "sig1 is missing");
  if (sig1.kid === claims.new?.kid) return fail("signature-invalid", "both signatures name one key");
  return unverified(request, { ...claims, sig1 }, fields.signatures);
}

/** {@link checkRequest} and its verification in one go, for callers that hold the keys. */
export function verifyRequest(
  request: ReceivedRequest & { keyFor(kid: string, label: SignatureLabel): KeyObject | undefined },
): VerifiedRequest | SignatureFailure {
  const checked = checkRequest(request);
  if (!checked.ok) return checked;
  const { sig1, new: next } = checked.claims;
  return checked.verify({
    sig1: request.keyFor(sig1.kid, "sig1"),
    ...(next && { new: request.keyFor(next.kid, "new") }),
  });
}

function badDigest({ headers, body }: ReceivedRequest): SignatureFailure | undefined {
  const digest = headers.get("content-digest");
  if (!digest || !DIGEST.test(digest)) return fail("malformed", "Content-Digest must be one sha-256 value");
  return digest === contentDigest(body) ? undefined : fail("digest-mismatch", "the body does not match its digest");
}

function readClaim(
  parsed: ParsedSignature | undefined,
  tag: SignatureTag | undefined,
): { readonly ok: true; readonly value: RequestSignature } | SignatureFailure {
  if (!parsed || !tag) return fail("signature-invalid", "a required signature label is missing");
  if (parsed.components !== SERIALISED_COMPONENTS) {
    return fail("signature-invalid", `${parsed.label} must cover exactly ${SERIALISED_COMPONENTS}`);
  }
  const [created, kid, nonce, found] = PARAMETERS.map((name) => parsed.parameters.get(name));
  if (parsed.parameters.size !== PARAMETERS.length || typeof created !== "number") {
    return fail("signature-invalid", `the parameters must be exactly ${PARAMETERS.join(", ")}`);
  }
  if (typeof kid !== "string" || !KEYID.test(kid)) return fail("signature-invalid", "keyid is not a thumbprint");
  if (typeof nonce !== "string" || !NONCE.test(nonce)) return fail("signature-invalid", "nonce is not acceptable");
  if (found !== tag) return fail("signature-invalid", `${parsed.label} must carry the tag ${tag}`);
  return { ok: true, value: { kid, created, nonce, tag } };
}

function unverified(
  request: ReceivedRequest,
  claims: UnverifiedRequest["claims"],
  parsed: ReadonlyMap<string, ParsedSignature>,
): UnverifiedRequest {
  // badDigest() found this field to be the digest of the body, and the reader takes only canonical forms of the input.
  const covered = covers(request, request.headers.get("content-digest") ?? "");
  const verified: VerifiedRequest = { ok: true, signatures: claims };
  const unknown = (label: string) => fail("key-unknown", `the key of ${label} is not known`);
  const invalid = (label: string) => fail("signature-invalid", `${label} does not verify`);
  return {
    ok: true,
    claims,
    verify(keys) {
      for (const { label, input, signature } of parsed.values()) {
        const key = keys[label as SignatureLabel];
        if (!key) return unknown(label);
        if (!verifyBase(key, signatureBase(covered, input), signature)) return invalid(label);
      }
      return verified;
    },
    async verifyAsync(keys) {
      for (const { label, input, signature } of parsed.values()) {
        const key = keys[label as SignatureLabel];
        if (!key) return unknown(label);
        if (!(await verifyBaseAsync(key, signatureBase(covered, input), signature))) return invalid(label);
      }
      return verified;
    },
  };
}
