import type { DeviceActor } from "@/server/core/actor";
import { AppError } from "@/server/core/errors";
import { factSections } from "@/server/modules/agents/facts.schema";
import type { CheckIn, CheckInResult } from "@/server/modules/agents/schema";
import { checkInSchedule, requireRecentAgent } from "./agent-settings";
import { type DeviceAuthority, spendNonce } from "./authority.service";
import { heard } from "./presence.service";

function wantsFacts({ factHashes }: DeviceAuthority, { factsHash }: CheckIn): boolean {
  return factSections.some(
    (section) => factsHash[section] !== undefined && factsHash[section] !== factHashes?.[section],
  );
}

/** Whether a check-in says nothing that is not known. */
function isQuiet(device: DeviceAuthority, input: CheckIn): boolean {
  return (
    device.status === "active" &&
    device.desiredHash !== null &&
    !device.isRotationDue &&
    device.instanceId === input.instanceId &&
    device.appliedHash === input.appliedEtag &&
    device.appVersion === input.agent.version &&
    !wantsFacts(device, input)
  );
}

interface Caller {
  actor: DeviceActor;
  ip: string | null;
}

/**
 * Answers a check-in that changes nothing from what was read to authenticate it: one round trip more, to use its nonce
 * up, and no transaction. `undefined` when there is something to do, which the command does.
 * @throws {AppError} agent-too-old, nonce-reused
 */
export async function quietCheckIn(
  device: DeviceAuthority,
  { actor, ip }: Caller,
  input: CheckIn,
): Promise<CheckInResult | undefined> {
  requireRecentAgent(input.agent);
  if (!isQuiet(device, input)) return undefined;
  if (!(await spendNonce(device.deviceId, actor.nonce))) throw new AppError("nonce-reused");
  if (!device.isSeenLately) heard(actor.deviceId, { thumbprint: actor.thumbprint, ip });
  const { intervalS, jitterPct } = checkInSchedule(device.deviceId);
  return {
    status: device.status,
    desiredEtag: device.desiredHash,
    checkin: { intervalS, jitterPct },
    directives: [],
    wantFacts: [],
    serverTime: Math.floor(Date.now() / 1000),
  };
}
