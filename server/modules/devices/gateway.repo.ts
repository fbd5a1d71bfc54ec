import { and, eq, inArray, isNull, notInArray } from "drizzle-orm";
import type { DeviceStatus } from "@/db/enums";
import { devices, gateways } from "@/db/schema";
import type { Tx } from "@/server/core/database";

const OVER: DeviceStatus[] = ["rejected", "revoked", "retired"];

/** Holds a gateway that was not removed. @returns whether there is one */
export async function lock(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx
    .select({ id: gateways.id })
    .from(gateways)
    .where(and(eq(gateways.id, id), isNull(gateways.deletedAt)))
    .for("no key update");
  return rows.length > 0;
}

/** Takes the gateway from devices that are over for good. @returns the device that still is it */
export async function vacate(tx: Tx, gatewayId: string): Promise<{ name: string } | undefined> {
  const own = and(eq(devices.gatewayId, gatewayId), isNull(devices.deletedAt));
  await tx
    .update(devices)
    .set({ gatewayId: null })
    .where(and(own, inArray(devices.status, OVER)));
  const [holder] = await tx
    .select({ name: devices.name })
    .from(devices)
    .where(and(own, notInArray(devices.status, OVER)));
  return holder;
}
