import { hostname } from "node:os";
import { AgentError } from "@/agent/agent-error";
import { Api } from "@/agent/api";
import type { AgentClock } from "@/agent/clock";
import { agentBuild, instanceId } from "@/agent/device";
import { type Answer, exchange, serverKeyFinder } from "@/agent/exchange";
import { ownHardwareHash } from "@/agent/facts/hardware";
import type { DeviceKey } from "@/agent/keys";
import { thumbprint } from "@/server/core/public-jwk";
import { verifyResponse } from "@/server/core/response-signature";
import { type EnrolRequest, EnrolResult, ServerInfo, type ServerKey } from "@/server/modules/agents/schema";

export interface KnownServer {
  readonly url: URL;
  readonly keys: readonly ServerKey[];
  /** The key that signed, which is the one to compare with what the console shows. */
  readonly kid: string;
}

/** A signature's window is wider than this; below it the clock is left alone. */
const TOLERATED_SKEW_S = 30;

function readInfo(answer: Answer): ServerInfo | undefined {
  try {
    return ServerInfo.parse(JSON.parse(Buffer.from(answer.body).toString("utf8")));
  } catch {
    return undefined;
  }
}

/** Whether `left` is an older release than `right`; pre-release labels are not looked at. */
export function isOlder(left: string, right: string): boolean {
  const [a = [], b = []] = [left, right].map((version) => version.split("-")[0]?.split(".").map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/**
 * Meets the server and its keys. With `pin`, only an answer signed by that very key counts; without, the first answer
 * over TLS is trusted, and its kid is for a person to compare.
 * @throws {AgentError} unreachable, refused
 */
export async function meetServer(url: URL, clock: AgentClock, pin?: string): Promise<KnownServer> {
  const answer = await ask(url, clock);
  const info = readInfo(answer);
  if (answer.status !== 200 || !info) {
    throw new AgentError("unreachable", `${url.origin} is not a Keyward server, or not ready`, "Check the address.");
  }
  const { body, headers, request, status } = answer;
  const candidates = pin ? info.server.keys.filter((key) => thumbprint(key) === pin) : info.server.keys;
  const trust = verifyResponse({
    status,
    headers,
    body,
    request: { ...request, authority: url.host },
    keyFor: serverKeyFinder(candidates),
  });
  if (!trust.ok) {
    throw new AgentError(
      "refused",
      pin ? `${url.origin} does not hold the server key ${pin}` : `${url.origin} did not sign its answer properly`,
      "Something may be in between. Compare the key with the one in the console under Enrolment.",
    );
  }
  if (isOlder(agentBuild.version, info.minAgentVersion)) {
    throw new AgentError(
      "refused",
      `The server wants an agent of ${info.minAgentVersion} or newer`,
      "Install that one.",
    );
  }
  if (Math.abs(info.serverTime - clock.nowS()) > TOLERATED_SKEW_S) clock.adjust(info.serverTime);
  return { url, keys: info.server.keys, kid: trust.kid };
}

async function ask(url: URL, clock: AgentClock): Promise<Answer> {
  try {
    return await exchange({ url, keys: [] }, { method: "GET", path: "/server", signers: [] }, clock.nowS());
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AgentError("unreachable", `${url.origin} does not answer: ${why}`, "Check the address and the network.");
  }
}

/** Asks to join. The key is what makes it the same enrolment however often it is asked, so repeating is always safe. */
export function requestEnrolment(
  server: Pick<KnownServer, "url" | "keys">,
  clock: AgentClock,
  application: { readonly key: DeviceKey; readonly token: string; readonly name?: string | undefined },
): Promise<EnrolResult> {
  const { key, token, name } = application;
  const hardwareHash = ownHardwareHash();
  const body: EnrolRequest = {
    token,
    jwk: key.jwk,
    agent: agentBuild,
    device: {
      hostname: hostname(),
      instanceId,
      ...(name !== undefined && { name }),
      ...(hardwareHash !== undefined && { hardwareHash }),
    },
  };
  const signer = { label: "sig1", kid: key.kid, key: key.key, tag: "keyward-enrol-v1" } as const;
  const api = new Api(() => server, clock);
  return api.json({ method: "POST", path: "/enrolments", body, signers: [signer] }, EnrolResult);
}
