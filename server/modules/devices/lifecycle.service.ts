import type { DeviceStatus } from "@/db/enums";
import { personOf } from "@/server/core/actor";
import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import type { EventType } from "@/server/core/events";
import { type CommandContext, command } from "@/server/core/operation";
import type { Permission } from "@/server/core/permissions";
import type { StepUp } from "@/server/core/step-up";
import * as repo from "./repo";
import { Device, DeviceById, type DeviceSelection, MovedDevices, SelectDevices } from "./schema";
import { found, noDevice } from "./service";

/** One arrow of the device's state machine (docs/agent-protocol.md). */
interface Arrow {
  permission: Permission;
  event: EventType;
  /** The states it leads out of; from any other it is refused. */
  from: readonly DeviceStatus[];
  to: DeviceStatus;
  /** What else is set, given who does it. */
  set?: (actorId: string | null) => repo.Values;
  /** Whether the devices' keys die with it. */
  revokesKeys?: true;
  stepUp?: StepUp;
}

type Locked = NonNullable<Awaited<ReturnType<typeof repo.lock>>>;

async function follow({ tx, actor, audit }: CommandContext, arrow: Arrow, devices: readonly Locked[]): Promise<void> {
  const ids = devices.map(({ id }) => id);
  const actorId = personOf(actor);
  await repo.updateAll(tx, ids, { status: arrow.to, ...arrow.set?.(actorId) });
  if (arrow.revokesKeys) await repo.revokeKeys(tx, ids);
  for (const { id, userId, status } of devices) {
    audit({ event: arrow.event, subject: id, userId, changes: { status: [status, arrow.to] } });
  }
}

function one(arrow: Arrow) {
  return command({
    permission: arrow.permission,
    stepUp: arrow.stepUp,
    input: DeviceById,
    output: Device,
    async run(context, { id }) {
      const device = await repo.lock(context.tx, id);
      if (!device) throw noDevice(id);
      if (!arrow.from.includes(device.status)) throw new AppError("conflict", `${device.name} is ${device.status}.`);
      await follow(context, arrow, [device]);
      return found(context.tx, id);
    },
  });
}

/** The chosen devices, locked. @throws {AppError} conflict, when a filter no longer matches what the person saw */
async function chosen(tx: Tx, selection: DeviceSelection): Promise<Locked[]> {
  if ("ids" in selection) return repo.lockAll(tx, selection.ids);
  const { filter, expectedCount } = selection;
  const ids = await repo.idsMatching(tx, filter, expectedCount + 1);
  if (ids.length === expectedCount) return repo.lockAll(tx, ids);
  const now = ids.length > expectedCount ? "More" : ids.length.toString();
  throw new AppError("conflict", `${now} devices match now, not ${expectedCount}. Look at the list again.`);
}

/** The same for many at once; those in a state the arrow does not lead out of are left alone and counted. */
function many(arrow: Arrow) {
  return command({
    permission: arrow.permission,
    stepUp: arrow.stepUp,
    unaudited: "When nothing chosen can be moved, nothing happens; every device that moves is audited",
    input: SelectDevices,
    output: MovedDevices,
    async run(context, selection) {
      const devices = await chosen(context.tx, selection);
      const movable = devices.filter(({ status }) => arrow.from.includes(status));
      if (movable.length > 0) await follow(context, arrow, movable);
      return { moved: movable.length, left: devices.length - movable.length };
    },
  });
}

const approval: Arrow = {
  permission: "device.approve",
  event: "device.approved",
  from: ["pending"],
  to: "active",
  set: (approvedBy) => ({ approvedAt: repo.NOW, approvedBy }),
};
export const approve = one(approval);
export const approveMany = many(approval);

/** Refuses a pending device for good; its key is never accepted again. */
export const reject = one({
  permission: "device.approve",
  event: "device.rejected",
  from: ["pending"],
  to: "rejected",
  revokesKeys: true,
});

const suspension: Arrow = {
  permission: "device.suspend",
  event: "device.suspended",
  // Not out of quarantine: resuming would then release without the right to.
  from: ["active"],
  to: "suspended",
};
export const suspend = one(suspension);
export const suspendMany = many(suspension);
export const resume = one({
  permission: "device.suspend",
  event: "device.resumed",
  from: ["suspended"],
  to: "active",
});

/** The device may check in but gets an empty desired state. */
export const quarantine = one({
  permission: "device.quarantine",
  event: "device.quarantined",
  from: ["active"],
  to: "quarantined",
});
export const release = one({
  permission: "device.quarantine",
  event: "device.released",
  from: ["quarantined"],
  to: "active",
  set: () => ({ cloneFlips: 0, recentInstanceIds: [] }),
});

const revocation: Arrow = {
  permission: "device.revoke",
  event: "device.revoked",
  from: ["pending", "active", "suspended", "quarantined"],
  to: "revoked",
  set: () => ({ revokedAt: repo.NOW }),
  revokesKeys: true,
  stepUp: "fresh",
};
/** Cuts the device off for good: its keys are dead, and its next request gets a signed 410. */
export const revoke = one(revocation);
export const revokeMany = many(revocation);
