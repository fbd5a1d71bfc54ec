import type { DeviceStatus } from "@/db/enums";
import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { type CommandContext, command, query } from "@/server/core/operation";
import { move as moveAddresses } from "@/server/modules/addresses/allocation.service";
import { requireTags } from "@/server/modules/tags/service";
import * as inventory from "./inventory.repo";
import { holdUser, requireRoom } from "./limit.service";
import * as repo from "./repo";
import {
  Device,
  DeviceById,
  DeviceDetail,
  DeviceFacets,
  DeviceFacetsFilter,
  DevicePage,
  ListDevices,
  ListPackages,
  PackagePage,
  RenameDevice,
  SetDeviceOwner,
  SetDeviceTags,
} from "./schema";

export const noDevice = (id: string) => new AppError("not-found", `There is no device ${id}.`);

export async function found(tx: Tx, id: string) {
  return (await repo.get(tx, id)) ?? Promise.reject(noDevice(id));
}

export const list = query({
  permission: "device.read",
  input: ListDevices,
  output: DevicePage,
  run: ({ reader }, filter) => repo.list(reader, filter),
});

export const get = query({
  permission: "device.read",
  input: DeviceById,
  output: DeviceDetail,
  run: async ({ reader }, { id }) => (await repo.detail(reader, id)) ?? Promise.reject(noDevice(id)),
});

/** The tags and owners devices have, to filter by. */
export const facets = query({
  permission: "device.read",
  input: DeviceFacetsFilter,
  output: DeviceFacets,
  run: ({ reader }, filter) => inventory.facets(reader, filter),
});

/** The software a device says it has. */
export const packages = query({
  permission: "device.read",
  input: ListPackages,
  output: PackagePage,
  async run({ reader }, filter) {
    if (!(await repo.get(reader, filter.id))) throw noDevice(filter.id);
    return inventory.packages(reader, filter);
  },
});

export const rename = command({
  permission: "device.update",
  input: RenameDevice,
  output: Device,
  async run({ tx, audit }, { id, name }) {
    const device = await repo.lock(tx, id);
    if (!device) throw noDevice(id);
    await repo.update(tx, id, { name });
    audit({ event: "device.renamed", subject: id, userId: device.userId, changes: { name: [device.name, name] } });
    return found(tx, id);
  },
});

export const setTags = command({
  permission: "device.update",
  input: SetDeviceTags,
  output: Device,
  async run({ tx, audit }, { id, tagIds }) {
    const device = await repo.lock(tx, id);
    if (!device) throw noDevice(id);
    await requireTags(tx, tagIds);
    const before = await repo.tagNames(tx, id);
    await repo.replaceTags(tx, id, tagIds);
    await repo.update(tx, id, { desiredHash: null });
    const after = await repo.tagNames(tx, id);
    audit({ event: "device.tagged", subject: id, userId: device.userId, changes: { tags: [before, after] } });
    return found(tx, id);
  },
});

/** States a device comes back from; the others are final. */
export const LIVE: readonly DeviceStatus[] = ["pending", "active", "suspended", "quarantined"];

/** Gives the device to a user, or to nobody. */
export const setOwner = command({
  permission: "device.update",
  input: SetDeviceOwner,
  output: Device,
  async run({ tx, audit }, { id, ownerId }) {
    // The user before the device, as everything that gives a user a device does.
    if (ownerId) await holdUser(tx, ownerId);
    const device = await repo.lock(tx, id);
    if (!device) throw noDevice(id);
    if (ownerId && ownerId !== device.userId && LIVE.includes(device.status)) await requireRoom(tx, ownerId, "they");
    const before = await found(tx, id);
    await repo.update(tx, id, { userId: ownerId, desiredHash: null });
    const after = await found(tx, id);
    audit({
      event: "device.owner-changed",
      subject: id,
      userId: ownerId ?? device.userId,
      changes: { owner: [before.ownerName, after.ownerName] },
    });
    return after;
  },
});

/** A reinstalled device takes over its predecessor's name, owner, tags, addresses and end; the predecessor is revoked. */
export const supersede = command({
  permission: "device.supersede",
  stepUp: "fresh",
  input: DeviceById,
  output: Device,
  async run(context, { id }) {
    const { tx, audit } = context;
    const device = await repo.lock(tx, id);
    if (!device) throw noDevice(id);
    if (!LIVE.includes(device.status)) throw new AppError("conflict", `${device.name} is ${device.status}.`);
    const { possiblePredecessorId } = device;
    const old = possiblePredecessorId ? await repo.lock(tx, possiblePredecessorId) : undefined;
    if (!old) throw new AppError("conflict", `${device.name} has no known predecessor.`);
    await takeOver(context, device.id, old);
    audit({
      event: "device.superseded",
      subject: id,
      userId: old.userId ?? device.userId,
      changes: { name: [device.name, old.name], predecessor: [old.id, null] },
    });
    return found(tx, id);
  },
});

interface Predecessor {
  id: string;
  name: string;
  userId: string | null;
  status: DeviceStatus;
}

/**
 * Moves what a predecessor had to its successor and ends the predecessor, within the caller's transaction. Its addresses
 * go over before its tunnels end, and wait for the successor's own key.
 */
export async function takeOver(
  { tx, audit }: Pick<CommandContext, "tx" | "audit">,
  id: string,
  old: Predecessor,
): Promise<void> {
  await repo.lock(tx, old.id);
  await repo.copyTags(tx, old.id, id);
  await moveAddresses({ tx, audit }, { from: old.id, to: id });
  await repo.revokeKeys(tx, [old.id]);
  if (LIVE.includes(old.status)) {
    await repo.update(tx, old.id, { status: "revoked", revokedAt: repo.NOW });
    const changes = { status: [old.status, "revoked"] } as const;
    audit({ event: "device.revoked", subject: old.id, userId: old.userId, changes, metadata: { successor: id } });
  }
  await repo.update(tx, old.id, { deletedAt: repo.NOW });
  await repo.inheritEnd(tx, { from: old.id, to: id });
  const ownership = old.userId ? { userId: old.userId } : {};
  await repo.update(tx, id, { name: old.name, possiblePredecessorId: null, desiredHash: null, ...ownership });
}
