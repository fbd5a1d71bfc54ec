import { z } from "zod";
import { type AppError, problems, toAppError } from "@/server/core/errors";
import { log } from "@/server/core/log";
import { LightResponse } from "./light-response";

/** The shape of every refusal, for whoever reads it. */
export const ProblemAnswer = z.object({
  /** `/problems/` and the code to branch on. */
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  /** Whether the same request may succeed later. */
  retryable: z.boolean(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});

/** The members of an RFC 9457 answer; `type` ends in the code that clients branch on. */
export function problemBody(error: AppError) {
  const { status, title, retryable } = problems[error.code];
  const detail = error.code === "internal" ? undefined : error.message;
  const errors = Object.entries(error.fields ?? {}).map(([path, text]) => ({
    pointer: `/${path.replaceAll(".", "/")}`,
    detail: text,
  }));
  return {
    type: `/problems/${error.code}`,
    title,
    status,
    ...(detail && detail !== title ? { detail } : {}),
    retryable,
    ...(errors.length > 0 ? { errors } : {}),
    ...error.extra,
  };
}

/** Logs what nobody expected, once, with the request's id; what was expected is not worth a line. */
export function logUnexpected(error: AppError, requestId: string): void {
  if (error.code === "internal") log.error({ err: error.cause ?? error, requestId }, "Request failed");
  if (error.code === "unavailable") log.warn({ requestId, cause: String(error.cause) }, "Database unavailable");
}

/** Any thrown value as `application/problem+json` (RFC 9457). */
export function problemResponse(thrown: unknown, requestId: string): Response {
  const error = toAppError(thrown);
  logUnexpected(error, requestId);
  const headers = new Headers({
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    "x-request-id": requestId,
  });
  if (error.retryAfterS) headers.set("retry-after", String(error.retryAfterS));
  return new LightResponse(JSON.stringify(problemBody(error)), { status: error.status, headers });
}
