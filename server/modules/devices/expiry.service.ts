import { z } from "zod";
import { AppError } from "@/server/core/errors";
import { command } from "@/server/core/operation";
import { takeDue } from "./expiry.repo";
import * as repo from "./repo";
import { Device, SetDeviceExpiry } from "./schema";
import { found, LIVE, noDevice } from "./service";

const DAY_MS = 86_400_000;
const MAX_DAYS = 3650;

/** @throws {AppError} invalid */
function requireFuture(end: Date, now: Date): Date {
  const distance = end.getTime() - now.getTime();
  const complain = (expiresAt: string) => new AppError("invalid", undefined, { fields: { expiresAt } });
  if (distance <= 0) throw complain("Choose a moment in the future. To hold the device back at once, suspend it.");
  if (distance > MAX_DAYS * DAY_MS) throw complain("At most ten years from now. Leave it empty for no end.");
  return end;
}

/** Says when a device leaves the private network by itself, or that it does not. An expired one is back at once. */
export const setExpiry = command({
  permission: "device.suspend",
  input: SetDeviceExpiry,
  output: Device,
  async run({ tx, audit, now }, { id, expiresAt }) {
    const device = await repo.lock(tx, id);
    if (!device) throw noDevice(id);
    const { name, status, userId } = device;
    if (device.gatewayId)
      throw new AppError("conflict", `${name} is a gateway: it stays until it is retired or revoked.`);
    if (!LIVE.includes(status)) throw new AppError("conflict", `${name} is ${status}.`);
    const end = expiresAt === null ? null : requireFuture(new Date(expiresAt), now());
    await repo.update(tx, id, { expiresAt: end });
    audit({ event: "device.expiry-changed", subject: id, userId, changes: { expiresAt: [device.expiresAt, end] } });
    return found(tx, id);
  },
});

/** Says of each device that its end is near, seven days and one day before, and that it has come. */
export const tellDue = command({
  permission: "system",
  unaudited: "Most often no device's time is nearly over; each that is, is audited",
  input: z.void(),
  output: z.void(),
  async run({ tx, audit }) {
    for (const { id, userId, endsAt, hours } of await takeDue(tx)) {
      if (hours === 0) audit({ event: "device.expired", subject: id, userId, metadata: { endsAt } });
      else audit({ event: "device.expiring", subject: id, userId, metadata: { endsAt, hours } });
    }
  },
});
