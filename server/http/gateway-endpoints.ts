import type { DeviceStatus } from "@/db/enums";
import type { EnforcedState } from "@/server/modules/gateways/kept-states.service";
import { heard } from "@/server/modules/gateways/presence.service";
import {
  DELTA_MANIPULATION,
  GATEWAY_API,
  GatewayHello,
  GatewayStats,
  GatewayStatus,
} from "@/server/modules/gateways/state.schema";
import * as sync from "@/server/modules/gateways/sync.service";
import type { Answer } from "./agent-answer";
import type { AgentEndpoint } from "./agent-request";
import { agentRoute, type DeviceCall } from "./agent-route";
import { awaitState } from "./gateway-poll";
import type { Route } from "./routes";

const AGENT = { sig1: "keyward-agent-v1" } as const;
const WORKING: readonly DeviceStatus[] = ["active"];
const MAX_WAIT_S = 25;

/** Largest bodies, bytes: counters of ten thousand tunnels are the longest a gateway says. */
const LIMITS = { hello: 4096, status: 8192, stats: 4 << 20 } as const;

const endpoint = (
  { method, path, maxBytes }: Pick<AgentEndpoint, "method" | "path" | "maxBytes">,
  answer: (call: DeviceCall) => Promise<Answer>,
): Route => {
  const whole = GATEWAY_API + path;
  return {
    method,
    path: whole,
    handler: agentRoute({ method, path: whole, maxBytes, expect: AGENT, allows: WORKING, answer }),
  };
};

const DONE: Answer = { status: 204, body: "" };

const hello = endpoint({ method: "POST", path: "/hello", maxBytes: LIMITS.hello }, async ({ caller, body }) => {
  await sync.hello.execute(caller, GatewayHello.parse(await body()));
  return DONE;
});

/** RFC 7240, 4.3: how long an answer may be waited for, seconds. */
function waitOf(headers: Headers): number {
  const seconds = Number(/(?:^|,)\s*wait=(\d{1,4})\s*(?:[,;]|$)/i.exec(headers.get("prefer") ?? "")?.[1] ?? 0);
  return Math.min(seconds, MAX_WAIT_S);
}

/** RFC 3229, 10.5.3: what the gateway can put together by itself. */
const takesDelta = (headers: Headers): boolean =>
  (headers.get("a-im") ?? "").split(",").some((one) => one.split(";")[0]?.trim() === DELTA_MANIPULATION);

/** Nothing to whoever has this state, what has changed to whoever has one that is known, and else the whole. */
function stateAnswer({ etag, body, deltaFrom }: EnforcedState, asked: string | null, isDeltaTaken: boolean): Answer {
  const headers = { etag: `"${etag}"` };
  if (etag === asked) return { status: 304, body: "", headers };
  const delta = isDeltaTaken && asked !== null ? deltaFrom(asked) : undefined;
  if (!delta) return { status: 200, body, bodySha256: etag, headers };
  const { body: changed, sha256: bodySha256 } = delta;
  const described = { ...headers, im: DELTA_MANIPULATION, "delta-base": `"${asked}"` };
  return { status: 226, body: changed, bodySha256, headers: described };
}

const state = endpoint({ method: "GET", path: "/state", maxBytes: 0 }, async ({ caller, device, headers }) => {
  const { gatewayId: id, gatewayRevision: revision } = device;
  if (id === null || revision === null) throw sync.notAGateway();
  heard(id);
  const asked = /^"([0-9a-f]{64})"$/.exec(headers.get("if-none-match") ?? "")?.[1] ?? null;
  const state = await awaitState(caller, { id, revision }, { etag: asked, waitMs: waitOf(headers) * 1000 });
  return stateAnswer(state, asked, takesDelta(headers));
});

const status = endpoint({ method: "POST", path: "/status", maxBytes: LIMITS.status }, async ({ caller, body }) => {
  await sync.status.execute(caller, GatewayStatus.parse(await body()));
  return DONE;
});

const stats = endpoint({ method: "POST", path: "/stats", maxBytes: LIMITS.stats }, async ({ caller, body }) => {
  await sync.stats.execute(caller, GatewayStats.parse(await body()));
  return DONE;
});

export const gatewayRoutes: readonly Route[] = [hello, state, status, stats];
