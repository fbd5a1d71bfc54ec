import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { webCaller } from "@/server/auth/context";
import { issueSession } from "@/server/auth/issue";
import { type ResolvedSession, resolveSession } from "@/server/auth/session-request";
import { AppError, problems } from "@/server/core/errors";
import { withBoundedBody } from "@/server/http/body";
import { logUnexpected, problemResponse } from "@/server/http/problem";
import { requestMeta } from "@/server/http/request-meta";
import { requireJson, requireSameOrigin } from "@/server/http/same-origin";
import { appRouter } from "./app";
import { refusalOf, type TrpcContext } from "./init";

const ENDPOINT = "/api/trpc";
const MAX_BATCH = 20;
const MAX_BODY_BYTES = 1024 * 1024;

function requireSmallBatch(request: Request): void {
  const path = new URL(request.url).pathname;
  if (path.split(",").length > MAX_BATCH)
    throw new AppError("too-large", `At most ${MAX_BATCH} calls go in one batch.`);
}

async function answer(request: Request, session: ResolvedSession): Promise<Response> {
  const setCookies = [...session.setCookies];
  const context: TrpcContext = {
    caller: webCaller(session.verdict, request.headers),
    async adoptSession({ sessionId, userId }) {
      setCookies.push(...(await issueSession(sessionId, userId)));
    },
  };
  const response = await fetchRequestHandler({
    endpoint: ENDPOINT,
    req: request,
    router: appRouter,
    createContext: () => context,
    allowBatching: true,
    maxBatchSize: MAX_BATCH,
    onError: ({ error }) => logUnexpected(refusalOf(error), context.caller.request.id),
    responseMeta: ({ errors }) => (errors[0] ? { status: problems[refusalOf(errors[0]).code].status } : {}),
  });
  response.headers.set("cache-control", "private, no-store");
  response.headers.set("vary", "Sec-Fetch-Site, Origin, Cookie");
  for (const cookie of setCookies) response.headers.append("set-cookie", cookie);
  return response;
}

/** The tRPC endpoint: same-origin JSON only, the session resolved and if need be rotated here. */
export async function trpcHandler(request: Request): Promise<Response> {
  try {
    requireSameOrigin(request);
    requireJson(request);
    requireSmallBatch(request);
    const bounded = await withBoundedBody(request, MAX_BODY_BYTES);
    return await answer(bounded, await resolveSession(request.headers));
  } catch (error) {
    return problemResponse(error, requestMeta(request.headers, "web").id);
  }
}
