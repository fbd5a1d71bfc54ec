import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { command, query } from "@/server/core/operation";
import * as allocation from "./allocation.service";
import * as repo from "./repo";
import {
  Allocation,
  AllocationById,
  AllocationPage,
  AskHolder,
  AssignAddress,
  Holders,
  ListAllocations,
} from "./schema";

const noAllocation = (id: string) => new AppError("not-found", `There is no allocation ${id}.`);

async function found(tx: Tx, id: string) {
  return (await repo.get(tx, id)) ?? Promise.reject(noAllocation(id));
}

export const list = query({
  permission: "address.read",
  input: ListAllocations,
  output: AllocationPage,
  run: ({ reader }, filter) => repo.list(reader, filter),
});

/** Who had an address at a moment, or has it now. */
export const holders = query({
  permission: "address.read",
  input: AskHolder,
  output: Holders,
  run: ({ reader }, question) => repo.holders(reader, question),
});

const OVER = ["rejected", "revoked", "retired"];

/** Gives a device one certain address of a pool. */
export const assign = command({
  permission: "address.update",
  input: AssignAddress,
  output: Allocation,
  async run(context, { id: poolId, deviceId, address }) {
    const device = await repo.lockDevice(context.tx, deviceId);
    const refuse = (message: string) => new AppError("invalid", message, { fields: { deviceId: message } });
    if (!device) throw refuse("There is no such device. Choose another.");
    if (OVER.includes(device.status)) throw refuse(`${device.name} is ${device.status}. Choose another device.`);
    return found(context.tx, await allocation.assignStatic(context, { poolId, deviceId, address }));
  },
});

/** Gives an address back that no tunnel uses. */
export const releaseOne = command({
  permission: "address.update",
  input: AllocationById,
  output: Allocation,
  async run(context, { id }) {
    const before = await repo.get(context.tx, id);
    if (!before) throw noAllocation(id);
    if (await repo.isInTunnel(context.tx, id)) {
      const message = `${before.deviceName} has a tunnel with ${before.address}. End the tunnel, or assign it another address.`;
      throw new AppError("conflict", message);
    }
    if ((await allocation.releaseAllocations(context, [id])) === 0) {
      throw new AppError("conflict", `${before.address} was given back already.`);
    }
    return found(context.tx, id);
  },
});
