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
}

/** Who holds the key of this thumbprint; asked at every request, so that a revocation counts at once. */
export async function findDevice(thumbprint: string): Promise<DeviceAuthority | undefined> {
  const [row] = await getSql()<DeviceAuthority[]>`
    select device_id as "deviceId", device_name as "name", device_status as "status", key_status as "keyStatus", jwk
    from authority_device(${thumbprint})`;
  return row;
}
