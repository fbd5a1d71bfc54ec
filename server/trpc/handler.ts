import {
  type AnyTRPCProcedure,
  callTRPCProcedure,
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  TRPCError,
} from "@trpc/server";
import { webCaller } from "@/server/auth/context";
import { clearedCookies } from "@/server/auth/cookies";
import { issueSession } from "@/server/auth/issue";
import { type ResolvedSession, resolveSession } from "@/server/auth/session-request";
import { problems } from "@/server/core/errors";
import { readBody } from "@/server/http/body";
import { LightResponse } from "@/server/http/light-response";
import { logUnexpected, problemResponse } from "@/server/http/problem";
import { requestMeta } from "@/server/http/request-meta";
import { requireJson, requireSameOrigin } from "@/server/http/same-origin";
import { appRouter } from "./app";
import { type Calls, readCalls } from "./calls";
import { refusalOf, type TrpcContext } from "./init";

const MAX_BODY_BYTES = 1024 * 1024;

type Type = "query" | "mutation";

/** What became of one call, in tRPC's envelope. */
interface Settled {
  status: number;
  envelope: { result: { data: unknown } } | { error: unknown };
}

/** Of every answer. */
const HEADERS = {
  "content-type": "application/json",
  "cache-control": "private, no-store",
  vary: "Sec-Fetch-Site, Origin, Cookie",
};

/** At run time the router keeps its procedures flat, by their paths. */
const procedures = appRouter._def.procedures as unknown as Partial<Record<string, AnyTRPCProcedure>>;

/** A query may be posted, when what it asks is too long for an address; nothing else goes by another method. */
function typeOf(path: string, type: Type): Type {
  const known = procedures[path]?._def.type;
  if (known === "query") return "query";
  if (known && known !== type) throw new TRPCError({ code: "METHOD_NOT_SUPPORTED" });
  return type;
}

async function settle(calls: Calls, index: number, asked: { type: Type; ctx: TrpcContext }): Promise<Settled> {
  const path = calls.paths[index] ?? "";
  const getRawInput = async () => calls.inputOf(index);
  const { ctx } = asked;
  let { type } = asked;
  try {
    type = typeOf(path, type);
    const call = { router: appRouter, path, type, ctx, getRawInput, signal: undefined, batchIndex: index };
    return { status: 200, envelope: { result: { data: await callTRPCProcedure(call) } } };
  } catch (thrown) {
    const error = getTRPCErrorFromUnknown(thrown);
    const refused = refusalOf(error);
    logUnexpected(refused, ctx.caller.request.id);
    const config = appRouter._def._config;
    const shape = getTRPCErrorShape({ config, error, type, path, ctx, input: undefined });
    return { status: problems[refused.code].status, envelope: { error: shape } };
  }
}

async function answer(request: Request, calls: Calls, session: ResolvedSession): Promise<Response> {
  const setCookies = [...session.setCookies];
  const left: [string, string][] = [];
  const context: TrpcContext = {
    caller: webCaller(session.verdict, request.headers),
    async adoptSession({ sessionId, userId }) {
      setCookies.push(...(await issueSession(sessionId, userId)));
    },
    leave() {
      setCookies.push(...clearedCookies());
      left.push(["clear-site-data", '"cache", "storage"']);
    },
  };
  const type = request.method === "POST" ? "mutation" : "query";
  const settled = await Promise.all(calls.paths.map((_path, index) => settle(calls, index, { type, ctx: context })));
  const envelopes = settled.map(({ envelope }) => envelope);
  const more = [...left, ...setCookies.map((cookie): [string, string] => ["set-cookie", cookie])];
  return new LightResponse(JSON.stringify(calls.isBatch ? envelopes : envelopes[0]), {
    status: settled.find(({ status }) => status !== 200)?.status ?? 200,
    headers: more.length > 0 ? [...Object.entries(HEADERS), ...more] : HEADERS,
  });
}

/**
 * The tRPC endpoint: same-origin JSON only, the session resolved and if need be rotated here. It reads and writes tRPC's
 * plain and batched form itself, which costs half of what its fetch adapter does; see docs/decisions/0009.
 */
export async function trpcHandler(request: Request): Promise<Response> {
  try {
    requireSameOrigin(request);
    requireJson(request);
    const isGet = request.method !== "POST";
    const body = isGet ? undefined : new TextDecoder().decode(await readBody(request, MAX_BODY_BYTES));
    const calls = readCalls(request.url, body);
    return await answer(request, calls, await resolveSession(request.headers));
  } catch (error) {
    return problemResponse(error, requestMeta(request.headers, "web").id);
  }
}
