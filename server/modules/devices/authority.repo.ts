import { getSql } from "@/db/client";
import type { DeviceKeyStatus, DeviceStatus } from "@/db/enums";
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
}

/** Who holds the key of this thumbprint; asked at every request, so that a revocation counts at once. */
export async function findDevice(thumbprint: string): Promise<DeviceAuthority | undefined> {
  const [row] = await answered(getSql()<DeviceAuthority[]>`
    select device_id as "deviceId", device_name as "name", device_status as "status", key_status as "keyStatus", jwk,
           coalesce(key_status = 'retiring' and retires_at <= db_now, false) as "isKeyOver", has_retiring_key as "hasRetiringKey",
           coalesce(rotate_after < db_now, false) as "isRotationDue", coalesce(last_seen_at > db_now - interval '1 minute', false) as "isSeenLately",
           desired_hash as "desiredHash", applied_hash as "appliedHash", app_version as "appVersion", instance_id as "instanceId",
           fact_hashes as "factHashes"
    from authority_device(${thumbprint})`);
  return row;
}

/** Remembers a nonce outside of any command, for requests that change nothing else. @returns whether it is new */
export async function spendNonce(deviceId: string, nonce: string): Promise<boolean> {
  const [row] = await getSql()<{ isNew: boolean }[]>`select authority_nonce(${deviceId}, ${nonce}) as "isNew"`;
  return row?.isNew ?? false;
}
