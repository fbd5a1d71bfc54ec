import { gzipSync } from "node:zlib";
import type { DeviceKey } from "@/agent/keys";
import { version } from "@/package.json";
import { newNonce, type RequestSigner, signRequest } from "@/server/core/message-signature";
import { type PublicJwk, thumbprint, verifyingKey } from "@/server/core/public-jwk";
import { type VerifiedResponse, verifyResponse } from "@/server/core/response-signature";
import { AGENT_API } from "@/server/modules/agents/schema";

export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below {@link Call.api}, with a leading slash. */
  readonly path: string;
  /** {@link AGENT_API} unless it is given. */
  readonly api?: string;
  readonly body?: unknown;
  /** None for GET /server; two for a key rotation. */
  readonly signers: readonly Pick<RequestSigner, "label" | "key" | "kid" | "tag">[];
  readonly ifNoneMatch?: string | undefined;
  /** What the server is asked to do and may pass over (RFC 7240). */
  readonly prefer?: string;
  /** How an answer to {@link Call.ifNoneMatch} may come instead of whole (RFC 3229). */
  readonly manipulation?: string;
  /** Ends the wait for the answer early. */
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Whether a pinned server key signed this answer to this very request. */
  readonly trust: VerifiedResponse;
  /** What the answer is bound to; kept with a cached answer to verify it again. */
  readonly request: { readonly method: string; readonly path: string; readonly signature: string | null };
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const GZIP_ABOVE_BYTES = 256 * 1024;

/** The signer of everything after enrolment. */
export const agentSigner = ({ kid, key }: DeviceKey) =>
  ({ label: "sig1", kid, key, tag: "keyward-agent-v1" }) as const satisfies Call["signers"][number];

/** Finds the key a server signed with among those it is known by. */
export const serverKeyFinder = (keys: readonly PublicJwk[]) => (kid: string) => {
  const jwk = keys.find((candidate) => thumbprint(candidate) === kid);
  return jwk && verifyingKey(jwk);
};

/** The authority that is signed: lower-case, without the scheme's default port, which is what WHATWG URLs hold. */
export const authorityOf = (url: URL): string => url.host;

function encodeBody(body: unknown): { bytes: Uint8Array<ArrayBuffer>; headers: Record<string, string> } {
  if (body === undefined) return { bytes: Buffer.alloc(0), headers: {} };
  const bytes = Buffer.from(JSON.stringify(body));
  const headers = { "content-type": "application/json" };
  if (bytes.length <= GZIP_ABOVE_BYTES) return { bytes, headers };
  return { bytes: gzipSync(bytes), headers: { ...headers, "content-encoding": "gzip" } };
}

async function readCapped(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error("the answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** One request and its answer, signed afresh each time. @throws whatever fetch does when there is no answer at all */
export async function exchange(
  server: { readonly url: URL; readonly keys: readonly PublicJwk[] },
  call: Call,
  createdS: number,
): Promise<Answer> {
  const { bytes, headers } = encodeBody(call.body);
  const target = { method: call.method, authority: authorityOf(server.url), path: (call.api ?? AGENT_API) + call.path };
  const signers = call.signers.map((signer) => ({ ...signer, nonce: newNonce() }));
  const signature =
    signers.length > 0 ? signRequest({ ...target, body: bytes, created: createdS, signers }) : undefined;
  const response = await fetch(new URL(target.path, server.url), {
    method: call.method,
    // Redirects would carry a signed request elsewhere; compression would hide the bytes the digest is over.
    redirect: "error",
    signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(call.signal ? [call.signal] : [])]),
    headers: {
      ...headers,
      ...signature,
      ...(call.ifNoneMatch && { "if-none-match": `"${call.ifNoneMatch}"` }),
      ...(call.prefer && { prefer: call.prefer }),
      ...(call.manipulation && { "a-im": call.manipulation }),
      accept: "application/json",
      "accept-encoding": "identity",
      "user-agent": `keyward-agent/${version}`,
    },
    ...(bytes.length > 0 && { body: bytes }),
  });
  const body = await readCapped(response);
  const request = { ...target, signature: signature?.signature ?? null };
  const trust = verifyResponse({
    status: response.status,
    headers: response.headers,
    body,
    request,
    keyFor: serverKeyFinder(server.keys),
  });
  return { status: response.status, headers: response.headers, body, trust, request };
}
