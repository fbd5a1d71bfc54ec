import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@/server/core/errors";
import type { Caller } from "@/server/core/operation";
import { serverKeys } from "@/server/core/server-keys";
import { factSections } from "@/server/modules/agents/facts.schema";
import { AGENT_API, bodyLimits, CheckIn, KeyRotation, Report, type ServerInfo } from "@/server/modules/agents/schema";
import * as agents from "@/server/modules/devices/agent.service";
import { MIN_AGENT_VERSION } from "@/server/modules/devices/agent-settings";
import * as deviceKeys from "@/server/modules/devices/keys.service";
import { quietCheckIn } from "@/server/modules/devices/quiet.service";
import * as tunnels from "@/server/modules/tunnels/agent.service";
import { OfferKey } from "@/server/modules/tunnels/schema";
import { type Answer, signedAnswer, signedProblem } from "./agent-answer";
import { enrolHandler } from "./agent-enrol";
import { countStranger } from "./agent-gate";
import type { AgentEndpoint } from "./agent-request";
import { agentRoute } from "./agent-route";
import { requestMeta } from "./request-meta";
import type { Route } from "./routes";

const AGENT = { sig1: "keyward-agent-v1" } as const;
const WORKING = ["active", "quarantined"] as const;
const ENROLLED = ["pending", "active", "suspended", "quarantined"] as const;

const ok = (value: unknown): Answer => ({ status: 200, body: JSON.stringify(value) });

const serverEndpoint: AgentEndpoint = { method: "GET", path: `${AGENT_API}/server`, expect: AGENT, maxBytes: 0 };

/** An answer for anybody who asks, signed by us and by nobody before. */
function openHandler(
  target: (request: Request) => { method: string; path: string },
  answer: (request: Request) => Answer,
) {
  return async (request: Request): Promise<Response> => {
    const { id: requestId, ip } = requestMeta(request.headers, "agent");
    try {
      await countStranger(ip);
      return signedAnswer(request, target(request), answer(request));
    } catch (thrown) {
      return signedProblem(request, target(request), { thrown, requestId });
    }
  };
}

/** The one call that needs no signature: what this server is and which keys it signs with. */
const serverInfo = openHandler(
  () => serverEndpoint,
  (request) => {
    if (request.url.includes("?")) throw new AppError("query-not-allowed");
    const info: ServerInfo = {
      serverTime: Math.floor(Date.now() / 1000),
      apiVersions: ["v1"],
      minAgentVersion: MIN_AGENT_VERSION,
      server: { keys: serverKeys().map(({ jwk }) => jwk) },
    };
    return ok(info);
  },
);

/** A path or method the protocol does not have, refused in our name: only then does a device believe it. */
export function agentRefusal(path: string, code: "not-found" | "method-not-allowed"): Route {
  const handler = openHandler(
    ({ method }) => ({ method, path }),
    () => {
      throw new AppError(code);
    },
  );
  return { method: "*", path, handler };
}

const get = (
  path: string,
  answer: Parameters<typeof agentRoute>[0]["answer"],
  allows: Parameters<typeof agentRoute>[0]["allows"],
): Route => ({
  method: "GET",
  path: AGENT_API + path,
  handler: agentRoute({ method: "GET", path: AGENT_API + path, expect: AGENT, maxBytes: 0, allows, answer }),
});

const self = get("/self", async ({ caller }) => ok(await agents.self.execute(caller, undefined)), ENROLLED);

const desiredState = get(
  "/desired-state",
  async ({ caller, device, headers }) => {
    const asked = headers.get("if-none-match");
    if (device.status === "active" && device.desiredHash && asked === `"${device.desiredHash}"`) {
      return { status: 304, body: "", headers: { etag: asked } };
    }
    const { etag, document } = await agents.desiredState.execute(caller, undefined);
    const tag = { etag: `"${etag}"` };
    if (asked === tag.etag) return { status: 304, body: "", headers: tag };
    return { ...ok(document), headers: tag };
  },
  WORKING,
);

const checkIns: Route = {
  method: "POST",
  path: `${AGENT_API}/checkins`,
  handler: agentRoute({
    method: "POST",
    path: `${AGENT_API}/checkins`,
    expect: AGENT,
    maxBytes: bodyLimits.checkIn,
    allows: WORKING,
    async answer({ caller, actor, device, body }) {
      const input = CheckIn.parse(await body());
      const quiet = await quietCheckIn(device, { actor, ip: caller.request.ip }, input);
      return ok(quiet ?? (await agents.checkIn.execute(caller, input)));
    },
  }),
};

const reports: Route = {
  method: "POST",
  path: `${AGENT_API}/reports`,
  handler: agentRoute({
    method: "POST",
    path: `${AGENT_API}/reports`,
    expect: AGENT,
    maxBytes: bodyLimits.report,
    maxInflatedBytes: bodyLimits.factsInflated,
    allows: WORKING,
    answer: async ({ caller, body }) => ok(await agents.report.execute(caller, Report.parse(await body()))),
  }),
};

/** One literal path per section, because a signature covers a literal path. */
const facts: Route[] = factSections.map((section) => ({
  method: "PUT",
  path: `${AGENT_API}/facts/${section}`,
  handler: agentRoute({
    method: "PUT",
    path: `${AGENT_API}/facts/${section}`,
    expect: AGENT,
    maxBytes: bodyLimits.facts,
    maxInflatedBytes: bodyLimits.factsInflated,
    allows: WORKING,
    answer: async ({ caller, body }) => ok(await agents.putFacts.execute(caller, { section, facts: await body() })),
  }),
}));

const keys: Route = {
  method: "POST",
  path: `${AGENT_API}/keys`,
  handler: agentRoute({
    method: "POST",
    path: `${AGENT_API}/keys`,
    expect: { ...AGENT, new: "keyward-rekey-v1" },
    maxBytes: bodyLimits.keys,
    allows: WORKING,
    answer: async ({ caller, body }) => ok(await deviceKeys.rotateKey.execute(caller, KeyRotation.parse(await body()))),
  }),
};

const tunnelAnswer = (
  { etag, tunnel }: Awaited<ReturnType<typeof tunnels.own.execute>>,
  asked: string | null,
): Answer => {
  const headers = { etag: `"${etag}"` };
  return asked === headers.etag ? { status: 304, body: "", headers } : { ...ok(tunnel), headers };
};

const ownTunnel = get(
  "/tunnel",
  async ({ caller, headers }) =>
    tunnelAnswer(await tunnels.own.execute(caller, undefined), headers.get("if-none-match")),
  ["active"],
);

/** A gateway applies a change within a second, if it is there. */
const GATEWAY_MAX_MS = 3000;
const LOOK_EVERY_MS = 100;

/** Whoever knocks before the gateway knows the key has to wait five seconds for WireGuard to try again. */
async function untilLetIn(caller: Caller): Promise<void> {
  for (const end = Date.now() + GATEWAY_MAX_MS; Date.now() < end; await sleep(LOOK_EVERY_MS)) {
    if (!(await tunnels.isAwaited.execute(caller, undefined))) return;
  }
}

const offerTunnelKey: Route = {
  method: "PUT",
  path: `${AGENT_API}/tunnel`,
  handler: agentRoute({
    method: "PUT",
    path: `${AGENT_API}/tunnel`,
    expect: AGENT,
    maxBytes: bodyLimits.keys,
    allows: ["active"],
    async answer({ caller, body }) {
      const offered = await tunnels.offerKey.execute(caller, OfferKey.parse(await body()));
      await untilLetIn(caller);
      return tunnelAnswer(offered, null);
    },
  }),
};

const unenrol: Route = {
  method: "DELETE",
  path: `${AGENT_API}/self`,
  handler: agentRoute({
    method: "DELETE",
    path: `${AGENT_API}/self`,
    expect: AGENT,
    maxBytes: 0,
    allows: ENROLLED,
    async answer({ caller }) {
      await agents.unenrol.execute(caller, undefined);
      return { status: 204, body: "" };
    },
  }),
};

export const agentRoutes: readonly Route[] = [
  { method: "GET", path: serverEndpoint.path, handler: serverInfo },
  { method: "POST", path: `${AGENT_API}/enrolments`, handler: enrolHandler },
  self,
  unenrol,
  checkIns,
  desiredState,
  reports,
  ...facts,
  keys,
  ownTunnel,
  offerTunnelKey,
];
