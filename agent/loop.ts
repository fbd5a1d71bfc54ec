import { adviceFor, explain, toAgentError } from "@/agent/advice";
import { AgentError } from "@/agent/agent-error";
import { Refused } from "@/agent/api";
import { approvalPollS, nextPollS, retryS } from "@/agent/backoff";
import type { Device } from "@/agent/device";
import { requestEnrolment } from "@/agent/enrol";
import { Inventory } from "@/agent/facts/inventory";
import { log } from "@/agent/log";
import { rememberProblem } from "@/agent/remember";
import type { Trigger } from "@/agent/report";
import { type Round, runRound } from "@/agent/round";
import { readToken } from "@/agent/token";
import { keepTunnel, restoreTunnel } from "@/agent/tunnel/keep-tunnel";
import { thisSystem } from "@/agent/tunnel/system";

const LOST_DEVICE_S = 900;
const OUTDATED_S = 3600;

/** Sleeps until the time is up, somebody wants a round now, or the process is to end. */
export type Pause = (seconds: number) => Promise<"due" | "woken" | "stopped">;

/** How many failures, and how many polls for approval, came in a row. */
interface Streak {
  failures: number;
  polls: number;
  hasReEnrolled: boolean;
}

/** Works until told to stop. @throws {AgentError} refused, when only an operator can help */
export async function runLoop(device: Device, pause: Pause): Promise<void> {
  const inventory = new Inventory();
  const streak: Streak = { failures: 0, polls: 0, hasReEnrolled: false };
  await restoreTunnel({ device, system: thisSystem });
  let trigger: Trigger = "start";
  let waitS = device.progress.lastContactAt === null ? device.enrolment.firstAfterS : regularS(device);
  for (;;) {
    const end = await pause(waitS);
    if (end === "stopped") return;
    if (end === "woken") trigger = "manual";
    waitS = await attempt(device, inventory, { trigger, streak });
    trigger = "schedule";
  }
}

const regularS = ({ enrolment, clock }: Device): number => nextPollS(enrolment, clock.nowS());

/** One round, and in seconds how long to wait for the next. */
async function attempt(
  device: Device,
  inventory: Inventory,
  { trigger, streak }: { trigger: Trigger; streak: Streak },
): Promise<number> {
  try {
    const round = await runRound(device, inventory, trigger);
    await keepTunnel({ device, system: thisSystem }, { trigger });
    if (round.isWiped) throw new AgentError("refused", "The server had this device destroy its key");
    const hadFailed = streak.failures > 0 || streak.polls > 0;
    tell(round, hadFailed);
    Object.assign(streak, { failures: 0, hasReEnrolled: false });
    // A server may let a pending device check in, and say so in its answer instead of by a refusal.
    if (round.status === "pending") return approvalPollS(streak.polls++);
    streak.polls = 0;
    return regularS(device);
  } catch (error) {
    if (error instanceof AgentError && error.kind === "refused") throw error;
    rememberProblem(device, error);
    await keepTunnel({ device, system: thisSystem }, { trigger, error });
    if (error instanceof Refused) return react(device, error, streak);
    log.warn(toAgentError(error).message);
    return retryS(streak.failures++, undefined);
  }
}

function tell(round: Round, hadFailed: boolean): void {
  if (round.isNewState) log.info(`Applied the desired state ${round.etag}`);
  else if (hadFailed || round.sentFacts.length > 0) log.info(`Checked in: ${round.status}`);
}

/** The fixed reactions of the protocol; seconds until the next round. */
async function react(device: Device, refusal: Refused, streak: Streak): Promise<number> {
  const hint = adviceFor(refusal);
  log.warn(`${explain(refusal)}${hint ? ` — ${hint}` : ""}`);
  const backoff = () => retryS(streak.failures++, refusal.answer.retryAfterS);
  switch (refusal.reaction) {
    case "poll":
      return approvalPollS(streak.polls++);
    case "stop-applying":
    case "give-up":
    case "drop":
      return regularS(device);
    case "update":
      return OUTDATED_S;
    case "re-enrol":
      if (await reEnrol(device, streak)) return 0;
      return Math.max(LOST_DEVICE_S, backoff());
    case "stop":
    case "retire":
      throw toAgentError(refusal);
    default:
      return backoff();
  }
}

/** Joins again with the same key, if the operator left a token for that; tried once until a round succeeds. */
async function reEnrol(device: Device, streak: Streak): Promise<boolean> {
  const { tokenFile, url, serverKeys, name } = device.enrolment;
  if (tokenFile === null || streak.hasReEnrolled) return false;
  streak.hasReEnrolled = true;
  try {
    const token = readToken({ token: undefined, tokenFile });
    if (token === undefined) return false;
    const server = { url: new URL(url), keys: serverKeys };
    device.learn(await requestEnrolment(server, device.clock, { key: device.key, token, name }));
    log.info("The server had lost this device; it is enrolled again with the same key");
    return true;
  } catch (error) {
    log.warn(`Could not enrol again: ${toAgentError(error).message}`);
    return false;
  }
}
