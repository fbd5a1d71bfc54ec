import type { Reader, Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { command, query } from "@/server/core/operation";
import * as repo from "./limit.repo";
import { DeviceAllowance, DevicesOfUser, SetDeviceLimit } from "./schema";

const noUser = (id: string) => new AppError("not-found", `There is no user ${id}.`);

/** @throws {AppError} not-found */
export async function allowanceOf(reader: Reader | Tx, userId: string): Promise<DeviceAllowance> {
  const allowance = await repo.allowance(reader, userId);
  if (!allowance) throw noUser(userId);
  return allowance;
}

/** Holds the user until the transaction ends. @throws {AppError} invalid, when there is no such user */
export async function holdUser(tx: Tx, userId: string) {
  const user = await repo.lockUser(tx, userId);
  if (!user) throw new AppError("invalid", undefined, { fields: { ownerId: "There is no such user." } });
  return user;
}

/**
 * Makes sure that the user may have one device more, and that nobody else takes that place until the transaction ends.
 * @throws {AppError} device-limit; invalid, when there is no such user
 */
export async function requireRoom(tx: Tx, userId: string, who: "you" | "they"): Promise<void> {
  const user = await holdUser(tx, userId);
  const { used, limit } = await allowanceOf(tx, userId);
  if (used < limit) return;
  const devices = limit === 1 ? "1 device" : `${limit} devices`;
  const message =
    who === "you"
      ? `You may have ${devices} and have ${used}. End one first, or ask an administrator for more.`
      : `${user.username} may have ${devices} and has ${used}. Revoke one, or raise the limit on the user's page.`;
  throw new AppError("device-limit", message);
}

/** How many devices a user has and may have, and what says so. */
export const allowance = query({
  permission: "user.read",
  input: DevicesOfUser,
  output: DeviceAllowance,
  run: ({ reader }, { userId }) => allowanceOf(reader, userId),
});

/** Gives a user a limit of their own, or the one of groups and settings. Who has more devices keeps them. */
export const setLimit = command({
  permission: "user.update",
  input: SetDeviceLimit,
  output: DeviceAllowance,
  async run({ tx, audit }, { userId, limit }) {
    const user = await repo.lockUser(tx, userId);
    if (!user) throw noUser(userId);
    await repo.setLimit(tx, userId, limit);
    audit({ event: "user.updated", subject: userId, userId, changes: { deviceLimit: [user.deviceLimit, limit] } });
    return allowanceOf(tx, userId);
  },
});
