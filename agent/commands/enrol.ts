import { setTimeout as sleep } from "node:timers/promises";
import { toAgentError } from "@/agent/advice";
import { AgentError } from "@/agent/agent-error";
import { Api } from "@/agent/api";
import { type AgentClock, createClock } from "@/agent/clock";
import { type Command, type CommandInput, print, textOption } from "@/agent/command";
import { keyToEnrol, learned, withLock } from "@/agent/device";
import { type KnownServer, meetServer, requestEnrolment } from "@/agent/enrol";
import { agentSigner } from "@/agent/exchange";
import { type DeviceKey, loadKey } from "@/agent/keys";
import { parseServerUrl } from "@/agent/server-url";
import { readEnrolment, readProgress, writeEnrolment, writeProgress } from "@/agent/state";
import { readToken } from "@/agent/token";
import { type EnrolResult, SelfResult } from "@/server/modules/agents/schema";

/** Seconds before the second, third and fourth try when an answer was lost. */
const RETRY_AFTER_S = [1, 2, 4];

interface Wish {
  readonly server: KnownServer;
  readonly token: string | undefined;
  readonly name: string | undefined;
}

async function retrying<Result>(work: () => Promise<Result>): Promise<Result> {
  for (const seconds of RETRY_AFTER_S) {
    try {
      return await work();
    } catch (error) {
      if (toAgentError(error).kind !== "unreachable") throw error;
      await sleep(seconds * 1000);
    }
  }
  return work();
}

/** Enrols, or without a token finishes an enrolment whose answer was lost. */
function join({ server, token, name }: Wish, key: DeviceKey, clock: AgentClock): Promise<EnrolResult> {
  if (token !== undefined) return requestEnrolment(server, clock, { key, token, name });
  return new Api(() => server, clock).json({ method: "GET", path: "/self", signers: [agentSigner(key)] }, SelfResult);
}

function refuseIfEnrolled(dir: string, url: URL): boolean {
  const enrolment = readEnrolment(dir);
  if (!enrolment) return false;
  if (enrolment.status === "retired" || new URL(enrolment.url).origin !== url.origin) {
    throw new AgentError(
      "refused",
      `This device is enrolled at ${enrolment.url}${enrolment.status === "retired" ? " and was retired there" : ""}`,
      "Take it out first: keyward-agent unenrol",
    );
  }
  print(`Already enrolled at ${url.origin} as ${enrolment.name}. Nothing was changed, and no token was used.`);
  return true;
}

interface Ending {
  readonly isPinned: boolean;
  /** What to do now. */
  readonly next: string;
}

function announce(result: EnrolResult, server: KnownServer, { isPinned, next }: Ending): void {
  print(`Enrolled at ${server.url.origin} as ${result.name} (${result.deviceId}).`);
  if (!isPinned) print(`Server key, trusted on first use: ${server.kid}\nCompare it with the console under Enrolment.`);
  if (result.status === "pending") print("Waiting for approval: approve the device in the console under Devices.");
  print(`Next: ${next}`);
}

async function enrol(input: CommandInput, dir: string, { url, next }: { url: URL; next: string }): Promise<void> {
  if (refuseIfEnrolled(dir, url)) return;
  const tokenFile = textOption(input, "token-file");
  const token = readToken({ token: textOption(input, "token"), tokenFile });
  if (token === undefined && !loadKey(dir, "current")) {
    throw new AgentError("usage", "A token is needed", "Give it with --token-file <file>, or - for standard input.");
  }
  const clock = createClock();
  const pin = textOption(input, "server-key");
  const server = await retrying(() => meetServer(url, clock, pin));
  const key = keyToEnrol(dir);
  const result = await retrying(() => join({ server, token, name: textOption(input, "name") }, key, clock));
  writeProgress(dir, { ...readProgress(dir), clockOffsetS: clock.offsetS });
  writeEnrolment(dir, {
    ...learned(result),
    url: url.origin,
    isServerPinned: pin !== undefined,
    firstAfterS: result.checkin.firstAfterS ?? 0,
    tokenFile: tokenFile === undefined || tokenFile === "-" ? null : tokenFile,
    enrolledAt: new Date().toISOString(),
  });
  announce(result, server, { isPinned: pin !== undefined, next });
}

/** Enrolling a device and a gateway is the same; what they do next is not. */
const enrolling = (summary: string, next: string): Command => ({
  summary,
  usage: "<server> [--server-key=<kid>] [--token-file <file>|-] [--token <token>] [--name <name>]",
  options: {
    "server-key": { type: "string" },
    "token-file": { type: "string" },
    token: { type: "string" },
    name: { type: "string" },
  },
  async run(input) {
    const [server, ...rest] = input.positionals;
    if (server === undefined || rest.length > 0) throw new AgentError("usage", "Name the one server to enrol at");
    const url = parseServerUrl(server);
    await withLock(input.stateDir, (dir) => enrol(input, dir, { url, next }));
  },
});

export const enrolCommand = enrolling(
  "Join this device to a server. Safe to repeat after a failure: nothing is used twice",
  "systemctl enable --now keyward-agent (or: keyward-agent run)",
);

export const gatewayEnrolCommand = enrolling(
  "Join a server as the gateway its token is for",
  "systemctl enable --now keyward-gateway (or: keyward-agent gateway run)",
);
