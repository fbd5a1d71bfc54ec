import { and, eq, isNull, sql } from "drizzle-orm";
import { devices, systemSettings, wireguardPeers } from "@/db/schema";
import type { Reader, Tx } from "@/server/core/database";
import { selectTunnels } from "./repo";

/** The active tunnels of a person's devices, the newest first; people have few. */
export async function ofUser(reader: Reader, userId: string) {
  return selectTunnels(reader, {
    deviceStatus: devices.status,
    issuedProfileHash: wireguardPeers.issuedProfileHash,
  })
    .where(and(eq(devices.userId, userId), eq(wireguardPeers.state, "active"), isNull(devices.deletedAt)))
    .orderBy(sql`${wireguardPeers.createdAt} desc`)
    .limit(200);
}

export async function insertDevice(tx: Tx, values: typeof devices.$inferInsert): Promise<string> {
  const [row] = await tx.insert(devices).values(values).returning({ id: devices.id });
  if (!row) throw new Error("The device was not inserted");
  return row.id;
}

export async function ownerOf(tx: Tx, tunnelId: string): Promise<string | null> {
  const [row] = await tx
    .select({ userId: devices.userId })
    .from(wireguardPeers)
    .innerJoin(devices, eq(devices.id, wireguardPeers.deviceId))
    .where(eq(wireguardPeers.id, tunnelId));
  return row?.userId ?? null;
}

/** A system setting's value. */
export async function setting(reader: Reader | Tx, { category, key }: { category: string; key: string }) {
  const [row] = await reader
    .select({ value: systemSettings.value })
    .from(systemSettings)
    .where(and(eq(systemSettings.category, category), eq(systemSettings.key, key)));
  return row?.value;
}
