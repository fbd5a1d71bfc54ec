import { v7 as uuidv7 } from "uuid";
import type { CachedState } from "@/agent/desired-state";
import { agentBuild, instanceId } from "@/agent/device";
import type { Report, ReportItem } from "@/server/modules/agents/schema";

export type Trigger = Report["trigger"];

/** An item of a type this agent was not taught is reported, never passed over in silence. */
const unsupported = (item: { id: string; type: string }): ReportItem => ({
  itemId: item.id,
  status: "failed",
  corrective: false,
  errorClass: "unsupported",
  message: `This agent cannot apply items of type ${item.type}`,
  attempts: 1,
  durationMs: 0,
});

/** The account of a run that brought a document about. */
export function reportOn(state: CachedState, trigger: Trigger, startedAtMs: number): Report {
  const items = state.document.items.map(unsupported);
  return {
    reportId: uuidv7(),
    etag: state.etag,
    mode: "enforce",
    trigger,
    startedAt: new Date(startedAtMs).toISOString(),
    durationMs: Math.max(0, Date.now() - startedAtMs),
    agentVersion: agentBuild.version,
    instanceId,
    summary: { compliant: 0, applied: 0, drifted: 0, failed: items.length, skipped: 0 },
    items,
    compliant: [],
  };
}
