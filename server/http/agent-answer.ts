import { type AppError, toAppError } from "@/server/core/errors";
import { signResponse } from "@/server/core/response-signature";
import { serverKeys } from "@/server/core/server-keys";
import { agentAuthority } from "./agent-request";
import { LightResponse } from "./light-response";
import { logUnexpected, problemBody } from "./problem";

/** What an answer is bound to, beside the request's signature. */
interface Answered {
  readonly method: string;
  readonly path: string;
}

export interface Answer {
  status: number;
  /** JSON text, or its bytes; empty for none. */
  body: string | Uint8Array<ArrayBuffer>;
  /** The body's SHA-256, hexadecimal, where it is known already. */
  bodySha256?: string;
  headers?: Record<string, string>;
}

/** An answer with the server's signature over it, bound to the request it answers. */
export function signedAnswer(request: Request, { method, path }: Answered, answer: Answer): Response {
  const [{ kid, privateKey }] = serverKeys();
  const signature = signResponse({
    status: answer.status,
    body: answer.body,
    ...(answer.bodySha256 === undefined ? {} : { bodySha256: answer.bodySha256 }),
    request: { method, path, authority: agentAuthority(), signature: request.headers.get("signature") },
    key: privateKey,
    kid,
    created: Math.floor(Date.now() / 1000),
  });
  const hasBody = answer.body.length > 0 && answer.status !== 304 && answer.status !== 204;
  return new LightResponse(hasBody ? answer.body : null, {
    status: answer.status,
    headers: {
      "cache-control": "no-store",
      ...(hasBody ? { "content-type": "application/json" } : {}),
      ...answer.headers,
      ...signature,
    },
  });
}

/** A refusal, signed like any other answer: a device acts on some of them only if they are truly the server's. */
export function signedProblem(
  request: Request,
  endpoint: Answered,
  { thrown, requestId }: { thrown: unknown; requestId: string },
): Response {
  const error: AppError = toAppError(thrown);
  logUnexpected(error, requestId);
  const headers: Record<string, string> = { "content-type": "application/problem+json", "x-request-id": requestId };
  if (error.retryAfterS) headers["retry-after"] = String(error.retryAfterS);
  return signedAnswer(request, endpoint, { status: error.status, body: JSON.stringify(problemBody(error)), headers });
}
