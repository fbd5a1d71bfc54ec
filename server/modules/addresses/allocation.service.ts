import { AppError } from "@/server/core/errors";
import type { CommandContext } from "@/server/core/operation";
import * as pools from "./pools.repo";
import { noPool, reportFilling } from "./pools.service";
import * as repo from "./repo";

type Reporting = Pick<CommandContext, "tx" | "audit">;

export interface Address {
  allocationId: string;
  address: string;
  /** False when the device had it already. */
  isNew: boolean;
}

/**
 * The address a device has in a pool, or a new one of it. Whoever needs one of each family asks for IPv4 first.
 * @throws {AppError} pool-exhausted, which the audit log keeps; not-found
 */
export async function allocate(
  { tx, audit }: Reporting,
  { poolId, deviceId }: { poolId: string; deviceId: string },
): Promise<Address> {
  const found = await repo.allocate(tx, poolId, deviceId);
  if (!found) throw noPool(poolId);
  const { allocationId, address, isNew, crossed } = found;
  if (!allocationId || !address) {
    const pool = await pools.get(tx, poolId);
    const message = `The address pool ${pool?.cidr} has no address left. Release some, or make the pool larger.`;
    throw new AppError("pool-exhausted", message, { recorded: { event: "address.pool-exhausted", subject: poolId } });
  }
  if (isNew) {
    audit({
      event: "address.allocated",
      subject: allocationId,
      changes: { address: [null, address] },
      metadata: { deviceId },
    });
  }
  reportFilling({ audit }, poolId, crossed);
  return { allocationId, address, isNew };
}

/** Gives allocations back by their ids; their addresses rest for a day. @returns how many were live */
export async function releaseAllocations({ tx, audit }: Reporting, ids: readonly string[]): Promise<number> {
  const released = await repo.release(tx, ids);
  for (const { id, address, deviceId, userId } of released) {
    audit({
      event: "address.released",
      subject: id,
      userId,
      changes: { address: [address, null] },
      metadata: { deviceId },
    });
  }
  return released.length;
}

/** Gives back whatever devices have, a gateway handed out, or both. @returns how many addresses */
export async function release(context: Reporting, held: repo.Held): Promise<number> {
  return releaseAllocations(context, await repo.liveIds(context.tx, held));
}

/**
 * Gives a device the addresses of the one whose place it takes, at once and without a rest; what it had of the same
 * pools rests instead. Both devices' rows have to be held.
 */
export async function move({ tx, audit }: Reporting, devices: { from: string; to: string }): Promise<void> {
  const { from, to } = devices;
  for (const { allocationId, previousId, address } of await repo.move(tx, devices)) {
    const released = { address: [address, null] } as const;
    audit({ event: "address.released", subject: previousId, changes: released, metadata: { deviceId: from } });
    const allocated = { address: [null, address] } as const;
    const metadata = { deviceId: to, predecessor: from };
    audit({ event: "address.allocated", subject: allocationId, changes: allocated, metadata });
  }
}

const REFUSALS = {
  outside: (address: string, cidr: string) => `${address} is not inside of ${cidr}.`,
  kept: (address: string) => `${address} is the network's own, the gateway's or the broadcast address. Choose another.`,
  taken: (address: string) => `${address} belongs to another device. Release it there first, or choose another.`,
} as const;

/**
 * Gives a device one certain address of a pool in place of the one it has there; its tunnel follows.
 * @throws {AppError} conflict, not-found
 */
export async function assignStatic(
  { tx, audit }: Reporting,
  values: { poolId: string; deviceId: string; address: string },
): Promise<string> {
  const { poolId, deviceId, address } = values;
  const { outcome, allocationId, before, crossed } = await repo.assign(tx, values);
  if (outcome === "no-pool") throw noPool(poolId);
  if (outcome === "unchanged") throw new AppError("conflict", `The device has ${address} already.`);
  if (outcome !== "assigned" || !allocationId) {
    const pool = await pools.get(tx, poolId);
    const message = REFUSALS[outcome === "assigned" ? "taken" : outcome](address, pool?.cidr ?? "");
    throw new AppError("conflict", message, { fields: { address: message } });
  }
  const changes = { address: [before, address] } as const;
  audit({ event: "address.allocated", subject: allocationId, changes, metadata: { deviceId, isStatic: true } });
  reportFilling({ audit }, poolId, crossed);
  return allocationId;
}
