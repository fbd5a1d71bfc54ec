import type { RequestMeta } from "@/server/core/actor";
import { type AppError, toAppError } from "@/server/core/errors";
import { localLimiter, sharedLimiter } from "@/server/core/rate-limit";
import { bodyLimits, EnrolRequest } from "@/server/modules/agents/schema";
import * as enrolment from "@/server/modules/devices/enrol.service";
import { signedAnswer, signedProblem } from "./agent-answer";
import { gated } from "./agent-gate";
import { requireKey } from "./agent-keys";
import { type AgentEndpoint, checkAgentRequest, jsonOf, refused } from "./agent-request";
import { ownAddress } from "./client-network";
import { requestMeta } from "./request-meta";

const endpoint: AgentEndpoint = {
  method: "POST",
  path: "/api/agent/v1/enrolments",
  expect: { sig1: "keyward-enrol-v1" },
  maxBytes: bodyLimits.enrolment,
};

/** Only unknown tokens cost anything, so that five hundred laptops behind one address enrol undisturbed. */
const failures = sharedLimiter({ name: "enrol-failures", points: 10, durationS: 600 });
const failuresEverywhere = sharedLimiter({ name: "enrol-failures-all", points: 1_000_000, durationS: 600 });
const BRUTE_FORCE = 100;
/** One audit row per address and minute is enough to see a flood. */
const audited = localLimiter({ name: "enrol-audit", points: 1, durationS: 60 });

async function noteRefusal(error: AppError, meta: RequestMeta): Promise<void> {
  let isBruteForce = false;
  if (error.code === "token-invalid") {
    await failures.take(ownAddress(meta.ip)).catch(() => undefined);
    isBruteForce = (await failuresEverywhere.take("all")) === BRUTE_FORCE;
  }
  const isFirst = await audited.take(`${error.code}|${ownAddress(meta.ip)}`).then(
    () => true,
    () => false,
  );
  if (!isFirst && !isBruteForce) return;
  const caller = { actor: { kind: "anonymous" }, request: meta } as const;
  await enrolment.recordRefusal.execute(caller, { code: error.code, isBruteForce });
}

const WORTH_KEEPING = /^(token-|key-|hardware-|private-key|device-retired)/;

async function enrolOnce(request: Request, meta: RequestMeta): Promise<Response> {
  await failures.check(ownAddress(meta.ip));
  const now = Math.floor(Date.now() / 1000);
  const { signed, body } = await checkAgentRequest(request, endpoint, now);
  const json = await jsonOf(body, request.headers, endpoint);
  const { key, kid } = requireKey(json, signed.claims.sig1.kid);
  const verified = signed.verify({ sig1: key });
  if (!verified.ok) throw refused(verified, now);
  const input = EnrolRequest.parse(json);
  const caller = { actor: { kind: "anonymous" }, request: meta } as const;
  const { isNew, result } = await enrolment.enrol.execute(caller, { request: input, thumbprint: kid });
  return signedAnswer(request, endpoint, { status: isNew ? 201 : 200, body: JSON.stringify(result) });
}

/** `POST /api/agent/v1/enrolments`: signed with the key it brings along. */
export async function enrolHandler(request: Request): Promise<Response> {
  const meta = requestMeta(request.headers, "agent");
  try {
    return await gated(meta.ip, () => enrolOnce(request, meta));
  } catch (thrown) {
    const error = toAppError(thrown);
    if (WORTH_KEEPING.test(error.code)) await noteRefusal(error, meta).catch(() => undefined);
    return signedProblem(request, endpoint, { thrown: error.code === "internal" ? thrown : error, requestId: meta.id });
  }
}
