import { z } from "zod";
import type { Reader, Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { type CommandContext, command } from "@/server/core/operation";
import { hasExpired } from "@/server/modules/devices/schema";
import * as repo from "./expiry.repo";
import { get, lock, update } from "./repo";

const DAY_MS = 86_400_000;

/** How long a device's tunnel lasts, or is put off by its owner; null is without end, as for whatever nobody owns. */
export async function lifetimeOf(reader: Reader | Tx, userId: string | null): Promise<number | null> {
  if (userId === null) return null;
  const days = z
    .number()
    .int()
    .parse(await repo.lifetimeDays(reader));
  return days === 0 ? null : days;
}

const refuse = (message: string) => new AppError("conflict", message);

/** @throws {AppError} conflict, when the tunnel's device has expired */
export async function requireTime({ tx, now }: CommandContext, id: string): Promise<void> {
  const expiresAt = (await get(tx, id))?.deviceExpiresAt ?? null;
  if (hasExpired({ expiresAt }, now()))
    throw refuse("This device has expired. Ask an administrator to put its end off.");
}

/**
 * Puts the end of a person's tunnel off by as much as the settings give from now on, but not beyond the device's own,
 * which an administrator set. @throws {AppError} conflict
 */
export async function putOff({ tx, audit, now }: CommandContext, { id, userId }: { id: string; userId: string }) {
  const tunnel = await lock(tx, id);
  if (tunnel?.state !== "active") throw refuse("This tunnel has ended. Add the device again.");
  const days = await lifetimeOf(tx, userId);
  if (days === null) throw refuse("Only an administrator can change when this tunnel ends.");
  const wanted = new Date(now().getTime() + days * DAY_MS);
  const last = (await get(tx, id))?.deviceExpiresAt ?? wanted;
  const notAfter = last < wanted ? last : wanted;
  if (tunnel.notAfter === null || tunnel.notAfter >= notAfter) {
    throw refuse(last < wanted ? "Only an administrator can put it off." : "This tunnel does not end earlier.");
  }
  await update(tx, id, { notAfter });
  const { deviceId } = tunnel;
  audit({
    event: "tunnel.extended",
    subject: id,
    userId,
    changes: { notAfter: [tunnel.notAfter, notAfter] },
    metadata: { deviceId },
  });
  return { notAfter };
}

/** Says of each device that is about to leave the private network that it is: seven days and one day before. */
export const warnExpiring = command({
  permission: "system",
  unaudited: "Most often no device's time is nearly over; each that is, is audited",
  input: z.void(),
  output: z.void(),
  async run({ tx, audit }) {
    for (const { id, deviceId, userId, ...metadata } of await repo.takeExpiring(tx)) {
      audit({ event: "device.expiring", subject: deviceId, userId, metadata: { tunnelId: id, ...metadata } });
    }
  },
});
