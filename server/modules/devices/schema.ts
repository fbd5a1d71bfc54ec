import { z } from "zod";
import { complianceStates, deviceKeyStatuses, deviceStatuses } from "@/db/enums";
import { DeviceId, GatewayId, TagId, UserId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";
import { TagLabel } from "@/server/modules/tags/schema";

export const DeviceName = z
  .string()
  .trim()
  .min(1, "Give the device a name.")
  .max(100, "At most 100 characters.")
  .regex(/^\P{Cc}+$/u, "A name is one line of printable text.");

export const Device = z.object({
  id: DeviceId,
  name: z.string(),
  status: z.enum(deviceStatuses),
  platform: z.string().nullable(),
  osVersion: z.string().nullable(),
  appVersion: z.string().nullable(),
  ownerId: UserId.nullable(),
  ownerName: z.string().nullable(),
  tags: z.array(TagLabel),
  /** The gateway it is, if it is one. */
  gatewayId: GatewayId.nullable(),
  gatewayName: z.string().nullable(),
  compliance: z.enum(complianceStates),
  isCloneSuspected: z.boolean(),
  lastSeenAt: z.date().nullable(),
  /** When it leaves the private network by itself: its own end, or the first of its tunnels'. */
  endsAt: z.date().nullable(),
  /** Its own end; null is none. */
  expiresAt: z.date().nullable(),
  createdAt: z.date(),
});
export type Device = z.infer<typeof Device>;

/** Whether a device's own end has come. It keeps its key and its status and checks in; the private network is closed to it. */
export const hasExpired = ({ expiresAt }: Pick<Device, "expiresAt">, now: Date): boolean =>
  expiresAt !== null && expiresAt <= now;

export const DevicePage = pageOf(Device);
export type DevicePage = z.infer<typeof DevicePage>;

const filters = {
  status: z.enum(deviceStatuses).optional(),
  tag: TagId.optional(),
  owner: UserId.optional(),
  /** Devices still in service that were neither heard of nor connected for so many days. */
  inactiveDays: z.coerce.number().int().min(1).max(3650).optional(),
  /** Devices still in service that leave the private network within a week, or have left it by time. */
  leaves: z.enum(["soon", "expired"]).optional(),
};

export const ListDevices = PageFilter.extend({
  sort: z.enum(["name", "lastSeenAt", "createdAt"]).default("name"),
  ...filters,
});
export type ListDevices = z.infer<typeof ListDevices>;

/** Names read from A, moments from the latest, unless the list was asked otherwise. */
export const deviceDirection = ({ sort, direction }: Pick<ListDevices, "sort" | "direction">): "asc" | "desc" =>
  direction ?? (sort === "name" ? "asc" : "desc");

const DeviceFilter = z
  .strictObject({ q: PageFilter.shape.q, ...filters })
  .refine((filter) => Object.values(filter).some(Boolean), "Search or filter first.");
export type DeviceFilter = z.infer<typeof DeviceFilter>;

/** How many devices one action may move. */
const MAX_SELECTED = 1000;
const TOO_MANY = "At most 1,000 devices at once: narrow the filter.";

/** What an action on many applies to: chosen devices, or as many as the person was told that a filter matches. */
export const SelectDevices = z.union([
  z.strictObject({ ids: z.array(DeviceId).min(1).max(MAX_SELECTED, TOO_MANY) }),
  z.strictObject({ filter: DeviceFilter, expectedCount: z.number().int().min(1).max(MAX_SELECTED, TOO_MANY) }),
]);
export type DeviceSelection = z.infer<typeof SelectDevices>;

/** How many an action moved, and how many it left because their state did not allow it. */
export const MovedDevices = z.object({ moved: z.number().int(), left: z.number().int() });
export type MovedDevices = z.infer<typeof MovedDevices>;

/** The owner that is chosen is among the answer whatever the limit. */
export const DeviceFacetsFilter = z.object({ owner: UserId.optional() });

export const DeviceFacets = z.object({
  tags: z.array(TagLabel),
  owners: z.array(z.object({ id: UserId, name: z.string() })),
});
export type DeviceFacets = z.infer<typeof DeviceFacets>;

export const DeviceKey = z.object({
  thumbprint: z.string(),
  algorithm: z.string(),
  status: z.enum(deviceKeyStatuses),
  createdAt: z.date(),
  lastUsedAt: z.date().nullable(),
  rotateAfter: z.date().nullable(),
});
export type DeviceKey = z.infer<typeof DeviceKey>;

/** Facts are the device's own word; `facts` has the shape of its section in agents/facts. */
export const DeviceFacts = z.object({ section: z.string(), facts: z.unknown(), updatedAt: z.date() });
export type DeviceFacts = z.infer<typeof DeviceFacts>;

export const DeviceDetail = Device.extend({
  deviceFingerprint: z.string().nullable(),
  enrolledWith: z.string().nullable(),
  /** It is retired so many seconds after it was last heard of; null is never. */
  ephemeralTtlS: z.number().int().nullable(),
  lastSeenIp: z.string().nullable(),
  approvedAt: z.date().nullable(),
  approvedByName: z.string().nullable(),
  revokedAt: z.date().nullable(),
  /** When another device took its place. */
  removedAt: z.date().nullable(),
  desiredHash: z.string().nullable(),
  appliedHash: z.string().nullable(),
  cloneFlips: z.number().int(),
  packageCount: z.number().int(),
  /** What hangs on the device and ends with it. */
  tunnels: z.number().int(),
  certificates: z.number().int(),
  predecessor: z.object({ id: DeviceId, name: z.string(), status: z.enum(deviceStatuses) }).nullable(),
  keys: z.array(DeviceKey),
  facts: z.array(DeviceFacts),
});
export type DeviceDetail = z.infer<typeof DeviceDetail>;

export const DeviceById = z.object({ id: DeviceId });
export const RenameDevice = z.object({ id: DeviceId, name: DeviceName });
export const SetDeviceOwner = z.object({ id: DeviceId, ownerId: UserId.nullable() });
export const SetDeviceExpiry = z.object({
  id: DeviceId,
  /** Null: it stays until somebody ends it. */
  expiresAt: z.iso.datetime({ offset: true }).nullable(),
});
export const SetDeviceTags = z.object({ id: DeviceId, tagIds: z.array(TagId).max(100) });

export const DEVICE_LIMIT_MAX = 1000;
/** How many devices somebody may have; null is no say in it. */
export const DeviceLimit = z
  .number()
  .int()
  .min(0, "At least 0.")
  .max(DEVICE_LIMIT_MAX, "At most 1,000.")
  .nullable()
  .default(null);

export const DevicesOfUser = z.object({ userId: UserId });
export const SetDeviceLimit = DevicesOfUser.extend({ limit: DeviceLimit });

/** How many devices a user has and may have, and what says so. */
export const DeviceAllowance = z.object({
  used: z.number().int(),
  limit: z.number().int(),
  source: z.enum(["user", "group", "setting"]),
  /** The group that gives the most, unless the user has a limit of their own. */
  groupName: z.string().nullable(),
});
export type DeviceAllowance = z.infer<typeof DeviceAllowance>;

export const ListPackages = z.object({
  id: DeviceId,
  q: PageFilter.shape.q,
  size: PageFilter.shape.size,
  /** How many to leave out; packages have an order of their own. */
  cursor: z.coerce.number().int().min(0).max(50_000).optional(),
});
export type ListPackages = z.infer<typeof ListPackages>;

export const Package = z.object({ id: z.string(), name: z.string(), version: z.string(), arch: z.string().nullable() });
export type Package = z.infer<typeof Package>;

export const PackagePage = pageOf(Package).extend({ manager: z.string().nullable(), updatedAt: z.date().nullable() });
export type PackagePage = z.infer<typeof PackagePage>;
