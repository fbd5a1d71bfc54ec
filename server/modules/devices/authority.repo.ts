import { getSql } from "@/db/client";
import type { DeviceKeyStatus, DeviceStatus } from "@/db/enums";
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
}

/** Who holds the key of this thumbprint; asked at every request, so that a revocation counts at once. */
export async function findDevice(thumbprint: string): Promise<DeviceAuthority | undefined> {
  const [row] = await getSql()<DeviceAuthority[]>`
    select device_id as "deviceId", device_name as "name", device_status as "status", key_status as "keyStatus", jwk,
           coalesce(key_status = 'retiring' and retires_at <= db_now, false) as "isKeyOver", has_retiring_key as "hasRetiringKey"
    from authority_device(${thumbprint})`;
  return row;
}
