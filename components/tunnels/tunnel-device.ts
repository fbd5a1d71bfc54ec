import type { DeviceStatus } from "@/db/enums";
import { type DeviceDetail, hasExpired } from "@/server/modules/devices/schema";

/** What of a device decides whether it can have a tunnel. */
export interface TunnelDevice extends Pick<DeviceDetail, "id" | "name" | "gatewayId" | "gatewayName"> {
  hasAgent: boolean;
  /** In use, or waiting for its approval. */
  isInUse: boolean;
  /** Its own end has come. */
  isExpired: boolean;
}

const inUse: readonly DeviceStatus[] = ["pending", "active"];

export const tunnelDevice = (device: DeviceDetail): TunnelDevice => ({
  id: device.id,
  name: device.name,
  gatewayId: device.gatewayId,
  gatewayName: device.gatewayName,
  hasAgent: device.appVersion !== null,
  isInUse: device.removedAt === null && inUse.includes(device.status),
  isExpired: hasExpired(device, new Date()),
});
