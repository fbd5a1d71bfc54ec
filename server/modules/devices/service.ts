import { sql } from "drizzle-orm";
import type { DeviceStatus } from "@/db/enums";
import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import type { EventType } from "@/server/core/events";
import { command, query } from "@/server/core/operation";
import type { Permission } from "@/server/core/permissions";
import { requireTags } from "@/server/modules/tags/service";
import * as repo from "./repo";
import { Device, DeviceById, DeviceDetail, DevicePage, ListDevices, RenameDevice, SetDeviceTags } from "./schema";

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

interface Transition {
  permission: Permission;
  event: EventType;
  /** The states it leads out of; from any other it is refused. */
  from: readonly DeviceStatus[];
  to: DeviceStatus;
  /** What else happens, in the same transaction. */
  also?: (tx: Tx, id: string, actorId: string | null) => Promise<void>;
}

/** One arrow of the device's state machine (docs/agent-protocol.md) as a command. */
function transition({ permission, event, from, to, also }: Transition) {
  return command({
    permission,
    input: DeviceById,
    output: Device,
    async run({ tx, actor, audit }, { id }) {
      const device = await repo.lock(tx, id);
      if (!device) throw noDevice(id);
      if (!from.includes(device.status)) throw new AppError("conflict", `${device.name} is ${device.status}.`);
      await repo.update(tx, id, { status: to });
      await also?.(tx, id, actor.kind === "user" ? actor.userId : null);
      audit({ event, subject: id, userId: device.userId, changes: { status: [device.status, to] } });
      return found(tx, id);
    },
  });
}

export const approve = transition({
  permission: "device.approve",
  event: "device.approved",
  from: ["pending"],
  to: "active",
  also: (tx, id, approvedBy) => repo.update(tx, id, { approvedAt: sql`now()`, approvedBy }),
});

/** Refuses a pending device for good; its key is never accepted again. */
export const reject = transition({
  permission: "device.approve",
  event: "device.rejected",
  from: ["pending"],
  to: "rejected",
  also: (tx, id) => repo.revokeKeys(tx, id),
});

export const suspend = transition({
  permission: "device.suspend",
  event: "device.suspended",
  from: ["active", "quarantined"],
  to: "suspended",
});
export const resume = transition({
  permission: "device.suspend",
  event: "device.resumed",
  from: ["suspended"],
  to: "active",
});

/** The device may check in but gets an empty desired state. */
export const quarantine = transition({
  permission: "device.quarantine",
  event: "device.quarantined",
  from: ["active"],
  to: "quarantined",
});
export const release = transition({
  permission: "device.quarantine",
  event: "device.released",
  from: ["quarantined"],
  to: "active",
  also: (tx, id) => repo.update(tx, id, { cloneFlips: 0, recentInstanceIds: [] }),
});

/** Cuts the device off for good: its keys are dead, and its next request gets a signed 410. */
export const revoke = transition({
  permission: "device.revoke",
  event: "device.revoked",
  from: ["pending", "active", "suspended", "quarantined"],
  to: "revoked",
  also: async (tx, id) => {
    await repo.revokeKeys(tx, id);
    await repo.update(tx, id, { revokedAt: sql`now()` });
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

/** A reinstalled device takes over its predecessor's name, owner and tags; the predecessor is revoked. */
export const supersede = command({
  permission: "device.supersede",
  input: DeviceById,
  output: Device,
  async run({ tx, audit }, { id }) {
    const device = await repo.lock(tx, id);
    if (!device) throw noDevice(id);
    const { possiblePredecessorId } = device;
    const old = possiblePredecessorId ? await repo.lock(tx, possiblePredecessorId) : undefined;
    if (!old) throw new AppError("conflict", `${device.name} has no known predecessor.`);
    await takeOver(tx, device.id, old);
    audit({
      event: "device.superseded",
      subject: id,
      userId: old.userId ?? device.userId,
      changes: { name: [device.name, old.name], predecessor: [old.id, null] },
    });
    return found(tx, id);
  },
});

/** Moves what a predecessor had to its successor, within the caller's transaction. */
export async function takeOver(tx: Tx, id: string, old: { id: string; name: string; userId: string | null }) {
  await repo.copyTags(tx, old.id, id);
  await repo.revokeKeys(tx, old.id);
  await repo.update(tx, old.id, { status: "revoked", revokedAt: sql`now()`, deletedAt: sql`now()` });
  const ownership = old.userId ? { userId: old.userId } : {};
  await repo.update(tx, id, { name: old.name, possiblePredecessorId: null, desiredHash: null, ...ownership });
}
