import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { parseJson } from "@/server/core/client-text";
import { env } from "@/server/core/env";
import { AppError } from "@/server/core/errors";
import {
  checkRequest,
  MAX_FUTURE_S,
  MAX_PAST_S,
  type SignatureFailure,
  type SignatureTag,
  type UnverifiedRequest,
} from "@/server/core/message-signature";
import { readBody } from "./body";
import { requireStorable } from "./storable-json";

const inflate = promisify(gunzip);

/** What a signed endpoint says of its requests. The path is literal: nothing of the address is taken from the client. */
export interface AgentEndpoint {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  expect: Readonly<{ sig1: SignatureTag; new?: SignatureTag }>;
  /** Largest body on the wire, bytes; 0 for none. */
  maxBytes: number;
  /** Largest body after inflating, bytes; absent where compression is not accepted. */
  maxInflatedBytes?: number;
}

let known = { url: "", host: "" };

/** What requests are signed for: the configured address, whatever a Host header says. */
export function agentAuthority(): string {
  const { KEYWARD_URL: url } = env();
  if (known.url !== url) known = { url, host: new URL(url).host };
  return known.host;
}

function requireBodyType({ headers }: Request, { maxBytes }: AgentEndpoint): void {
  if (maxBytes === 0) return;
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new AppError("unsupported-media-type", "Send application/json.");
}

export function refused({ code, detail }: SignatureFailure, now: number): AppError {
  if (code !== "clock-skew") return new AppError(code, `${detail}.`);
  const extra = { serverTime: now, maxPastS: MAX_PAST_S, maxFutureS: MAX_FUTURE_S };
  return new AppError(code, `${detail}.`, { extra });
}

export interface CheckedAgentRequest {
  signed: UnverifiedRequest;
  body: Uint8Array;
}

/** Everything that can be refused without knowing a key: query, size, type, digest, form and time of the signature. */
export async function checkAgentRequest(
  request: Request,
  endpoint: AgentEndpoint,
  now: number,
): Promise<CheckedAgentRequest> {
  if (request.url.includes("?")) throw new AppError("query-not-allowed");
  requireBodyType(request, endpoint);
  const body = await readBody(request, endpoint.maxBytes);
  const { method, path, expect } = endpoint;
  const signed = checkRequest({
    method,
    path,
    expect,
    authority: agentAuthority(),
    headers: request.headers,
    body,
    now,
  });
  if (!signed.ok) throw refused(signed, now);
  return { signed, body };
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";

/** @throws {AppError} too-large, malformed */
async function inflated(body: Uint8Array, maxOutputLength: number): Promise<Uint8Array> {
  try {
    return await inflate(body, { maxOutputLength });
  } catch (cause) {
    const detail = `The body is larger than ${maxOutputLength} bytes when inflated.`;
    if (isTooLarge(cause)) throw new AppError("too-large", detail, { cause });
    throw new AppError("malformed", "The body is not gzip.", { cause });
  }
}

/** The JSON of these bytes, as far as it can be kept. @throws {AppError} malformed, invalid */
function storableJson(bytes: Uint8Array): unknown {
  const value = parseJson(bytes);
  requireStorable(value);
  return value;
}

/** The JSON a verified body holds, inflated if need be. @throws {AppError} malformed, invalid, too-large, unsupported-media-type */
export async function jsonOf(
  body: Uint8Array,
  headers: Headers,
  { maxInflatedBytes }: AgentEndpoint,
): Promise<unknown> {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase();
  if (encoding && (encoding !== "gzip" || !maxInflatedBytes)) {
    throw new AppError("unsupported-media-type", `The content encoding “${encoding}” is not accepted here.`);
  }
  return storableJson(encoding ? await inflated(body, maxInflatedBytes ?? 0) : body);
}
