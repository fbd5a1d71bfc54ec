import { getSql } from "@/db/client";
import type { DeviceKeyStatus, DeviceStatus } from "@/db/enums";
import { bySlot, coalesced, type Slot } from "@/server/core/coalesce";
import { answered } from "@/server/core/patience";
import type { PublicJwk } from "@/server/core/public-jwk";

/** A key with the device it belongs to, read in one statement for one request. */
export interface DeviceAuthority {
  deviceId: string;
  name: string;
  status: DeviceStatus;
  keyStatus: DeviceKeyStatus;
  jwk: PublicJwk;
  /** The key is being replaced and its time is up. */
  isKeyOver: boolean;
  /** An older key still works beside this one. */
  hasRetiringKey: boolean;
  /** The key in use is due for replacement. */
  isRotationDue: boolean;
  /** Heard of within the last minute. */
  isSeenLately: boolean;
  desiredHash: string | null;
  appliedHash: string | null;
  appVersion: string | null;
  /** The process that checked in last. */
  instanceId: string | null;
  /** Section → hash of the facts we have; `null` for none. */
  factHashes: Record<string, string> | null;
  /** The gateway that the machine is, if it is one. */
  gatewayId: string | null;
  /** The revision its state is due for. */
  gatewayRevision: number | null;
}

const ask = coalesced(async (thumbprints: readonly string[]) => {
  const rows = await answered(
    getSql()<(DeviceAuthority & Slot)[]>`select * from authority_devices(${[...thumbprints]}::text[])`,
  );
  return bySlot(thumbprints.length, rows);
});

/** Who holds the key of this thumbprint; asked at every request, so that a revocation counts at once. */
export const findDevice = (thumbprint: string): Promise<DeviceAuthority | undefined> => ask(thumbprint);

interface Spent {
  deviceId: string;
  nonce: string;
}

const nameOf = ({ deviceId, nonce }: Spent): string => `${deviceId} ${nonce}`;

const spend = coalesced(async (spent: readonly Spent[]) => {
  const devices = spent.map(({ deviceId }) => deviceId);
  const nonces = spent.map(({ nonce }) => nonce);
  const rows = await answered(getSql()<Spent[]>`select * from authority_nonces(${devices}::uuid[], ${nonces}::text[])`);
  const isNew = new Set(rows.map(nameOf));
  // Of two that came together, one was first.
  return spent.map((one) => isNew.delete(nameOf(one)));
});

/** Remembers a nonce outside of any command, for requests that change nothing else. @returns whether it is new */
export const spendNonce = async (deviceId: string, nonce: string): Promise<boolean> =>
  (await spend({ deviceId, nonce })) === true;
