import { z } from "zod";
import type { EventType } from "./events";
import { printable } from "./printable-error";

/**
 * Every way Keyward refuses, in one table: code → HTTP status, tRPC code, title, and whether the same request may
 * succeed later. Browsers, agents and API clients branch on the code, never on text.
 */
export const problems = {
  malformed: { status: 400, trpc: "BAD_REQUEST", title: "The request cannot be understood", retryable: false },
  "query-not-allowed": { status: 400, trpc: "BAD_REQUEST", title: "A query string is not allowed", retryable: false },
  "digest-mismatch": {
    status: 400,
    trpc: "BAD_REQUEST",
    title: "The body does not match its digest",
    retryable: false,
  },
  "private-key-exposed": {
    status: 400,
    trpc: "BAD_REQUEST",
    title: "The key contains its private part",
    retryable: false,
  },
  invalid: { status: 422, trpc: "UNPROCESSABLE_CONTENT", title: "Some fields need attention", retryable: false },
  unauthenticated: { status: 401, trpc: "UNAUTHORIZED", title: "Sign in first", retryable: false },
  "api-key-refused": { status: 401, trpc: "UNAUTHORIZED", title: "A valid API key is needed", retryable: false },
  "session-ended": { status: 401, trpc: "UNAUTHORIZED", title: "The session has ended", retryable: false },
  "session-refresh": { status: 401, trpc: "UNAUTHORIZED", title: "The access token has expired", retryable: true },
  "wrong-credentials": { status: 401, trpc: "UNAUTHORIZED", title: "Wrong user name or password", retryable: false },
  "signature-missing": { status: 401, trpc: "UNAUTHORIZED", title: "The request is not signed", retryable: true },
  "signature-invalid": { status: 401, trpc: "UNAUTHORIZED", title: "The signature is not valid", retryable: true },
  "key-unknown": { status: 401, trpc: "UNAUTHORIZED", title: "The key is not known here", retryable: false },
  "clock-skew": { status: 401, trpc: "UNAUTHORIZED", title: "The clocks differ too much", retryable: true },
  "nonce-reused": { status: 401, trpc: "UNAUTHORIZED", title: "The nonce was used before", retryable: true },
  "cross-site": { status: 403, trpc: "FORBIDDEN", title: "The request came from another site", retryable: false },
  forbidden: { status: 403, trpc: "FORBIDDEN", title: "You are not allowed to do this", retryable: false },
  "step-up-required": { status: 403, trpc: "FORBIDDEN", title: "Confirm that it is you", retryable: true },
  "token-invalid": { status: 403, trpc: "FORBIDDEN", title: "The token is not valid", retryable: false },
  "token-expired": { status: 403, trpc: "FORBIDDEN", title: "The token has expired", retryable: false },
  "token-exhausted": { status: 403, trpc: "FORBIDDEN", title: "The token has no uses left", retryable: false },
  "token-revoked": { status: 403, trpc: "FORBIDDEN", title: "The token was revoked", retryable: false },
  "device-pending": { status: 403, trpc: "FORBIDDEN", title: "The device waits for approval", retryable: true },
  "device-suspended": { status: 403, trpc: "FORBIDDEN", title: "The device is suspended", retryable: true },
  "device-expired": { status: 403, trpc: "FORBIDDEN", title: "The device has expired", retryable: true },
  "device-quarantined": { status: 403, trpc: "FORBIDDEN", title: "The device is quarantined", retryable: true },
  "not-found": { status: 404, trpc: "NOT_FOUND", title: "There is no such thing", retryable: false },
  "method-not-allowed": {
    status: 405,
    trpc: "METHOD_NOT_SUPPORTED",
    title: "The method is not allowed",
    retryable: false,
  },
  conflict: { status: 409, trpc: "CONFLICT", title: "The state does not allow this", retryable: false },
  "device-limit": { status: 409, trpc: "CONFLICT", title: "The user has as many devices as allowed", retryable: false },
  "pool-exhausted": { status: 409, trpc: "CONFLICT", title: "The address pool has no address left", retryable: false },
  "network-overlap": { status: 409, trpc: "CONFLICT", title: "The network overlaps another", retryable: false },
  "policy-tests-failed": { status: 409, trpc: "CONFLICT", title: "Policy tests would fail", retryable: false },
  "name-taken": { status: 409, trpc: "CONFLICT", title: "The name is taken", retryable: false },
  "last-admin": { status: 409, trpc: "CONFLICT", title: "The last administrator must stay", retryable: false },
  "already-set-up": { status: 409, trpc: "CONFLICT", title: "Keyward is already set up", retryable: false },
  "key-revoked": { status: 409, trpc: "CONFLICT", title: "The key was revoked", retryable: false },
  "key-in-use": { status: 409, trpc: "CONFLICT", title: "The key belongs to another device", retryable: false },
  "hardware-conflict": { status: 409, trpc: "CONFLICT", title: "The hardware is enrolled already", retryable: false },
  "gateway-taken": { status: 409, trpc: "CONFLICT", title: "Another device is this gateway", retryable: false },
  "device-retired": { status: 410, trpc: "NOT_FOUND", title: "The device is retired", retryable: false },
  "too-large": { status: 413, trpc: "PAYLOAD_TOO_LARGE", title: "The body is too large", retryable: false },
  "unsupported-media-type": {
    status: 415,
    trpc: "UNSUPPORTED_MEDIA_TYPE",
    title: "The content type is not supported",
    retryable: false,
  },
  "agent-too-old": { status: 426, trpc: "PRECONDITION_FAILED", title: "The agent is too old", retryable: false },
  "too-many-requests": { status: 429, trpc: "TOO_MANY_REQUESTS", title: "Too many requests", retryable: true },
  unavailable: {
    status: 503,
    trpc: "SERVICE_UNAVAILABLE",
    title: "Keyward cannot reach its database",
    retryable: true,
  },
  internal: { status: 500, trpc: "INTERNAL_SERVER_ERROR", title: "Something went wrong", retryable: true },
} as const satisfies Record<string, { status: number; trpc: string; title: string; retryable: boolean }>;

export type ProblemCode = keyof typeof problems;

interface Details {
  /** Field path → what is wrong with it, for forms. */
  fields?: Record<string, string>;
  /** Members added to the RFC 9457 answer, such as `serverTime`. */
  extra?: Record<string, unknown>;
  /** Seconds until a retry makes sense; becomes `Retry-After`. */
  retryAfterS?: number;
  /** What the audit log keeps of it, although everything else is rolled back. */
  recorded?: { event: EventType; subject: string };
  cause?: unknown;
}

/** A refusal with a code of {@link problems}. The message is shown to people: one sentence, what to do about it. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly fields: Record<string, string> | undefined;
  readonly extra: Record<string, unknown> | undefined;
  readonly retryAfterS: number | undefined;
  readonly recorded: Details["recorded"];

  constructor(
    readonly code: ProblemCode,
    message?: string,
    details: Details = {},
  ) {
    super(message ?? problems[code].title, { cause: details.cause });
    this.fields = details.fields;
    this.extra = details.extra;
    this.retryAfterS = details.retryAfterS;
    this.recorded = details.recorded;
  }

  get status(): number {
    return problems[this.code].status;
  }
}

/** The connection is gone or was never to be had: whatever was under way on it ends here. */
const CONNECTION_LOSSES = new Set([
  ...["ECONNREFUSED", "ENOENT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "57P03", "08001"],
  ...["ECONNRESET", "EPIPE", "ETIMEDOUT", "ERR_STREAM_DESTROYED"],
  ...["CONNECTION_CLOSED", "CONNECTION_ENDED", "CONNECTION_DESTROYED", "CONNECT_TIMEOUT"],
  // Ended by an administrator, a crash, or a limit on idle and on long transactions.
  ...["57P01", "57P02", "57P05", "25P03", "25P04", "08003", "08006"],
]);

/** Not now, but perhaps in a moment: too many connections, or a statement that gave way to others. */
const TEMPORARY_ERRORS = new Set([
  ...["53300", "08000", "08004"],
  // Waited too long for a lock, ran too long, or lost a deadlock: nothing was done.
  ...["55P03", "57014", "40P01"],
]);

/** Values PostgreSQL cannot read as what they should be: NUL in a text, half a surrogate pair, no date, no number. */
const UNREADABLE_VALUES = new Set(["22003", "22007", "22008", "22021", "22P02", "22P05"]);

/** The code of a PostgreSQL or socket error, looked for along the chain of causes (Drizzle wraps them). */
export function databaseCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof AppError) return undefined;
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return undefined;
}

/** Whether this failure took the database connection with it. */
export function isConnectionLoss(error: unknown): boolean {
  const code = databaseCode(error);
  return code !== undefined && CONNECTION_LOSSES.has(code);
}

/** The name of the constraint a write violated, if that is what happened. */
export function violatedConstraint(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("constraint_name" in at && typeof at.constraint_name === "string") return at.constraint_name;
  }
  return undefined;
}

/** A schema's complaints as field messages. */
function invalidInput(error: z.ZodError): AppError {
  const fields = Object.fromEntries(error.issues.map(({ path, message }) => [path.join("."), message]));
  return new AppError("invalid", undefined, { fields, cause: error });
}

/** Turns anything thrown into an {@link AppError}; what is unknown becomes `internal` and says nothing. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof Error && error.cause instanceof AppError) return error.cause;
  if (error instanceof z.ZodError) return invalidInput(error);
  const code = databaseCode(error);
  if (code && (CONNECTION_LOSSES.has(code) || TEMPORARY_ERRORS.has(code))) {
    return new AppError("unavailable", "Keyward cannot reach its database. Try again in a moment.", {
      retryAfterS: 2,
      cause: printable(error),
    });
  }
  if (code && UNREADABLE_VALUES.has(code)) {
    return new AppError("malformed", "The request holds a value that cannot be stored or compared.", {
      cause: printable(error),
    });
  }
  return new AppError("internal", undefined, { cause: printable(error) });
}
