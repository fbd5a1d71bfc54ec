import type { Reader, Tx } from "@/server/core/database";
import { allowedOf } from "@/server/modules/policies/compilation.service";
import type { AllowedNetworks } from "@/server/modules/policies/compile";
import { isOpen, unreachedBy } from "@/server/modules/policies/routes.service";
import * as gateways from "./gateways.repo";

/**
 * The gateways a device should have a tunnel to and has not: those that keep addresses for it, and those behind which
 * policies open something to it.
 */
export async function missingGateways(
  reader: Reader | Tx,
  { deviceId, allowed: known }: { deviceId: string; allowed?: AllowedNetworks },
  now: Date,
): Promise<string[]> {
  const candidates = await gateways.candidates(reader, deviceId);
  if (candidates.length === 0) return [];
  const allowed = known ?? (await allowedOf(reader, deviceId, now));
  return candidates.filter(({ isHeld, networks }) => isHeld || isOpen(networks, allowed)).map(({ id }) => id);
}

/** What policies open to a device and none of its gateways has behind it. */
export async function unreached(reader: Reader | Tx, deviceId: string, now: Date): Promise<string[]> {
  const found = await gateways.ofDevice(reader, deviceId);
  return found.length === 0 ? [] : unreachedBy(found, await allowedOf(reader, deviceId, now));
}
