import type { DesiredState } from "@/server/modules/agents/schema";

/** Seconds between check-ins; an agent adds up to the jitter. */
const INTERVAL_S = 300;
const JITTER_PCT = 10;
const FACTS_INTERVAL_S = 3600;
/** Agents below this are told to update. */
export const MIN_AGENT_VERSION = "0.1.0";

export function agentSettings(): DesiredState["settings"] {
  return { intervalS: INTERVAL_S, jitterPct: JITTER_PCT, factsIntervalS: FACTS_INTERVAL_S };
}

/** When a device should check in. The first time is spread by its id, so that a fleet enrolled at once does not return at once. */
export function checkInSchedule(deviceId: string) {
  const phase = Number.parseInt(deviceId.replaceAll("-", "").slice(0, 8), 16);
  return { intervalS: INTERVAL_S, jitterPct: JITTER_PCT, firstAfterS: phase % INTERVAL_S };
}
