import { hardwareHash } from "@/server/core/hardware-hash";
import type { EnrolRequest } from "@/server/modules/agents/schema";

/** A stable hint at the hardware, from what the agent says of it; `null` when that is worthless. */
export function claimedHardware({ hardwareHash: hash, hardwareUuid }: EnrolRequest["device"]): string | null {
  return hash ?? (hardwareUuid === undefined ? null : (hardwareHash(hardwareUuid) ?? null));
}
