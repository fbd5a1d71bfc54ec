import { explain, toAgentError } from "@/agent/advice";
import { Refused } from "@/agent/api";
import type { Device } from "@/agent/device";
import { asksToWipe, destroyKey } from "@/agent/round";
import type { AgentDeviceStatus } from "@/server/modules/agents/schema";

/** What a refusal says about the device, besides what it refuses. */
const states: Readonly<Record<string, AgentDeviceStatus>> = {
  "device-pending": "pending",
  "device-suspended": "suspended",
  "device-quarantined": "quarantined",
  "device-retired": "retired",
};

/** Keeps what went wrong for `status`, and since when; and does what a signed retirement demands. */
export function rememberProblem(device: Device, error: unknown): void {
  const isRefused = error instanceof Refused;
  const { kind, message } = toAgentError(error);
  const code = isRefused ? error.code : kind;
  const before = device.progress.problem;
  const since = before?.code === code ? before.since : new Date().toISOString();
  device.saveProgress({ problem: { code, detail: isRefused ? explain(error) : message, since } });
  if (!isRefused || !error.answer.isTrusted) return;
  if (asksToWipe(error)) destroyKey(device);
  const status = states[code];
  if (status) device.saveEnrolment({ status });
}
