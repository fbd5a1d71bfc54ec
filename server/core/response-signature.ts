import type { KeyObject } from "node:crypto";
import type { HeaderReader } from "@/server/core/message-signature";
import {
  type Covered,
  contentDigest,
  digestField,
  type RequestTarget,
  signatureBase,
  signMessage,
  verifyBase,
} from "@/server/core/signature-base";
import { type ParsedSignature, parseSignatureField, parseSignatures } from "@/server/core/signature-fields";

/** The server's answers, signed so that a device trusts them even behind a proxy that terminates TLS. */
const LABEL = "kw";
const TAG = "keyward-server-v1";

/** The request an answer belongs to. `signature` is its `Signature` field; null if it was not signed. */
export interface AnsweredRequest extends RequestTarget {
  readonly signature: string | null;
}

export type VerifiedResponse =
  | { readonly ok: true; readonly kid: string /** The server's clock, seconds. */; readonly created: number }
  | {
      readonly ok: false;
      readonly code: "signature-missing" | "signature-invalid" | "digest-mismatch" | "key-unknown" | "malformed";
      readonly detail: string;
    };

/**
 * What an answer's signature covers. It is bound to its request's signature if that has a readable `sig1`; otherwise to
 * method and path only.
 */
function covers(status: number, digest: string, { method, path, signature }: AnsweredRequest): Covered[] {
  const bound = signature === null ? undefined : parseSignatureField(signature)?.get("sig1");
  return [
    ['"@status"', String(status)],
    ['"content-digest"', digest],
    ['"@method";req', method],
    ['"@path";req', path],
    ...(bound ? ([['"signature";req;key="sig1"', `:${Buffer.from(bound).toString("base64")}:`]] as const) : []),
  ];
}

/** The three fields that sign an answer. A method or path outside the profile still gets a signed refusal. */
export function signResponse(response: {
  readonly status: number;
  readonly body: Uint8Array | string;
  /** The body's SHA-256, hexadecimal, for whoever knows it already. */
  readonly bodySha256?: string;
  readonly request: AnsweredRequest;
  readonly key: KeyObject;
  readonly kid: string;
  /** Seconds since the epoch. */
  readonly created: number;
}): Record<"content-digest" | "signature-input" | "signature", string> {
  const { bodySha256 } = response;
  const digest = bodySha256 === undefined ? contentDigest(response.body) : digestField(Buffer.from(bodySha256, "hex"));
  const { signature, signatureInput } = signMessage(covers(response.status, digest, response.request), {
    label: LABEL,
    parameters: { created: response.created, keyid: response.kid, tag: TAG },
    key: response.key,
  });
  return { "content-digest": digest, "signature-input": signatureInput, signature };
}

/** Verifies an answer with a pinned server key. To a signed request only an answer bound to it is accepted. */
export function verifyResponse(response: {
  readonly status: number;
  readonly headers: HeaderReader;
  readonly body: Uint8Array;
  readonly request: AnsweredRequest;
  keyFor(kid: string): KeyObject | undefined;
}): VerifiedResponse {
  const { status, headers, body, request } = response;
  const fields = parseSignatures(headers.get("signature-input"), headers.get("signature"));
  if (!fields.ok) return fields;
  const digest = contentDigest(body);
  if (headers.get("content-digest") !== digest) {
    return { ok: false, code: "digest-mismatch", detail: "the answer does not match its digest" };
  }
  const covered = covers(status, digest, request);
  const claim = readClaim(fields.signatures, covered);
  if (!claim) return { ok: false, code: "signature-invalid", detail: "the answer's signature is outside the profile" };
  const key = response.keyFor(claim.kid);
  if (!key) return { ok: false, code: "key-unknown", detail: `the server key ${claim.kid} is not pinned` };
  const { parsed, kid, created } = claim;
  if (verifyBase(key, signatureBase(covered, parsed.input), parsed.signature)) return { ok: true, kid, created };
  return { ok: false, code: "signature-invalid", detail: "the answer's signature does not verify" };
}

function readClaim(signatures: ReadonlyMap<string, ParsedSignature>, covered: readonly Covered[]) {
  const parsed = signatures.get(LABEL);
  if (!parsed || signatures.size !== 1 || parsed.parameters.size !== 3) return undefined;
  if (parsed.components !== covered.map(([identifier]) => identifier).join(" ")) return undefined;
  const [created, kid, tag] = ["created", "keyid", "tag"].map((name) => parsed.parameters.get(name));
  return typeof created === "number" && typeof kid === "string" && tag === TAG ? { parsed, kid, created } : undefined;
}
