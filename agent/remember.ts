import { explain, toAgentError } from "@/agent/advice";
import { Refused } from "@/agent/api";
import type { Device } from "@/agent/device";
import { asksToWipe, destroyKey } from "@/agent/round";

/** Keeps what went wrong for `status`, and since when; and does what a signed retirement demands. */
export function rememberProblem(device: Device, error: unknown): void {
  const isRefused = error instanceof Refused;
  const { kind, message } = toAgentError(error);
  const code = isRefused ? error.code : kind;
  const before = device.progress.problem;
  const since = before?.code === code ? before.since : new Date().toISOString();
  device.saveProgress({ problem: { code, detail: isRefused ? explain(error) : message, since } });
  if (!isRefused || error.reaction !== "retire") return;
  if (asksToWipe(error)) destroyKey(device);
  device.saveEnrolment({ status: "retired" });
}
