import { AppError } from "@/server/core/errors";
import type { DesiredState } from "@/server/modules/agents/schema";

/** Seconds between check-ins; an agent adds up to the jitter. */
const INTERVAL_S = 300;
const JITTER_PCT = 10;
const FACTS_INTERVAL_S = 3600;
/** Agents below this are told to update. */
export const MIN_AGENT_VERSION = "0.1.0";

const numbersOf = (version: string): number[] => (version.split(/[-+]/)[0] ?? "").split(".").map(Number);

/** Whether an agent is below the least we serve. What does not read as a version is not held against it. */
function isTooOld(version: string): boolean {
  const [given, least] = [numbersOf(version), numbersOf(MIN_AGENT_VERSION)];
  const at = least.findIndex((number, index) => (given[index] ?? 0) !== number);
  return at !== -1 && (given[at] ?? 0) < (least[at] ?? 0);
}

/** @throws {AppError} agent-too-old */
export function requireRecentAgent({ version }: { version: string }): void {
  if (!isTooOld(version)) return;
  throw new AppError("agent-too-old", `This agent is ${version}; ${MIN_AGENT_VERSION} is the least that is served.`);
}

export function agentSettings(): DesiredState["settings"] {
  return { intervalS: INTERVAL_S, jitterPct: JITTER_PCT, factsIntervalS: FACTS_INTERVAL_S };
}

/** When a device should check in. The first time is spread by its id, so that a fleet enrolled at once does not return at once. */
export function checkInSchedule(deviceId: string) {
  const phase = Number.parseInt(deviceId.replaceAll("-", "").slice(0, 8), 16);
  return { intervalS: INTERVAL_S, jitterPct: JITTER_PCT, firstAfterS: phase % INTERVAL_S };
}
