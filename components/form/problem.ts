import { TRPCClientError } from "@trpc/client";

/** Why the server refused, as the browser branches on it. `code` is "offline" when no answer came at all. */
export interface Problem {
  code: string;
  /** One sentence for people. */
  message: string;
  /** Form field path → what is wrong with it. */
  fields: Record<string, string>;
  requestId?: string;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const textAt = (value: Record<string, unknown>, key: string): string | undefined =>
  typeof value[key] === "string" ? value[key] : undefined;

function fieldsOf(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** A refusal that did not go through tRPC, such as a cross-site one, is an RFC 9457 document. */
export function documentProblem(body: unknown): Problem | undefined {
  if (!isRecord(body)) return undefined;
  const code = textAt(body, "type")?.split("/").at(-1);
  const message = textAt(body, "detail") ?? textAt(body, "title");
  return code && message ? { code, message, fields: {} } : undefined;
}

const offline: Problem = {
  code: "offline",
  message: "Keyward cannot be reached. Check the connection and try again.",
  fields: {},
};
const internal: Problem = { code: "internal", message: "Something went wrong. Try again.", fields: {} };

/** A refusal that did not come over tRPC, such as one of the sign-in handshake. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** Whether the person was asked for the password and would not give it: they know, and nothing has happened. */
export const isDeclined = ({ code }: Problem): boolean => code === "step-up-required";

/** The problem behind anything a call to the server throws. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) return { code: error.code, message: error.message, fields: {} };
  if (!(error instanceof TRPCClientError)) return internal;
  const data: unknown = error.data;
  if (isRecord(data)) {
    const code = textAt(data, "code") ?? "internal";
    return { code, message: error.message, fields: fieldsOf(data.fields), requestId: textAt(data, "requestId") };
  }
  const document = documentProblem(error.meta?.responseJSON);
  if (document) return document;
  return error.meta?.response ? internal : offline;
}
