import { z } from "zod";
import { decodeAddress, parseJson } from "@/server/core/client-text";
import { AppError, toAppError } from "@/server/core/errors";
import type { Operation } from "@/server/core/operation";
import { authenticateApiKey } from "./api-key";
import { readBody } from "./body";
import { LightResponse } from "./light-response";
import { problemResponse } from "./problem";
import { requestMeta } from "./request-meta";
import type { Handler } from "./routes";
import { requireJson } from "./same-origin";

const MAX_BODY_BYTES = 256 * 1024;

interface Endpoint {
  /** As in the route list: `:name` stands for one segment and becomes the input's member of that name. */
  path: string;
  /** What success is when there is something to say: 200 unless given. With nothing to say it is 204. */
  status?: 200 | 201;
}

type Members = Record<string, unknown>;

function pathMembers(pattern: string, pathname: string): Members {
  const given = pathname.split("/");
  const named = pattern
    .split("/")
    .flatMap((part, at): [string, string][] =>
      part.startsWith(":") ? [[part.slice(1), decodeAddress(given[at] ?? "")]] : [],
    );
  return Object.fromEntries(named);
}

function queryMembers(search: URLSearchParams): Members {
  const twice = [...search.keys()].find((name, at, names) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new AppError("malformed", `“${twice}” is given twice.`);
  return Object.fromEntries(search);
}

async function bodyMembers(request: Request): Promise<Members> {
  const bytes = await readBody(request, MAX_BODY_BYTES);
  if (bytes.byteLength === 0) return {};
  requireJson(request);
  const body = parseJson(bytes);
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return { ...body };
  throw new AppError("malformed", "The body is not a JSON object.");
}

/** The input as the request holds it: a query for reads, a JSON body for writes, and what the path names over both. */
async function collect(request: Request, path: string): Promise<Members> {
  const { pathname, searchParams } = new URL(request.url);
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (!isRead && searchParams.size > 0) throw new AppError("query-not-allowed");
  const members = isRead ? queryMembers(searchParams) : await bodyMembers(request);
  return { ...members, ...pathMembers(path, pathname) };
}

/** A member nobody knows is a slip of the caller's: a filter that is ignored would show too much. */
export const strictInput = (input: z.ZodType): z.ZodType =>
  input instanceof z.ZodObject ? input.strict() : input instanceof z.ZodVoid ? z.strictObject({}) : input;

function answer(output: unknown, status: number): Response {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  if (output === undefined) return new LightResponse(null, { status: 204, headers: { "cache-control": "no-store" } });
  return new LightResponse(JSON.stringify(output), { status, headers });
}

function refusal(thrown: unknown, requestId: string): Response {
  const error = toAppError(thrown);
  const response = problemResponse(error, requestId);
  // RFC 9110 §11.6.1 asks for it with every 401.
  if (error.status === 401) response.headers.set("www-authenticate", 'Bearer realm="Keyward"');
  return response;
}

/** An operation for programs with an API key, as a Web-standard handler: authenticate, authorise, validate, run. */
export function respond(operation: Operation, { path, status = 200 }: Endpoint): Handler {
  const schema = strictInput(operation.input);
  const takesNothing = operation.input instanceof z.ZodVoid;
  return async (request) => {
    const meta = requestMeta(request.headers, "api");
    try {
      const caller = { actor: await authenticateApiKey(request.headers, meta), request: meta };
      // Who may call it is decided before its input is looked at.
      await operation.authorise(caller);
      const input = await schema.parseAsync(await collect(request, path));
      return answer(await operation.execute(caller, takesNothing ? undefined : input), status);
    } catch (thrown) {
      return refusal(thrown, meta.id);
    }
  };
}
