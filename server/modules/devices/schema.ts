import { z } from "zod";
import { complianceStates, deviceKeyStatuses, deviceStatuses } from "@/db/enums";
import { DeviceId, TagId, UserId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/pagination";
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
  compliance: z.enum(complianceStates),
  isCloneSuspected: z.boolean(),
  lastSeenAt: z.date().nullable(),
  createdAt: z.date(),
});
export type Device = z.infer<typeof Device>;

export const DevicePage = pageOf(Device);

export const ListDevices = PageFilter.extend({
  sort: z.enum(["name", "lastSeenAt", "createdAt"]).default("name"),
  status: z.enum(deviceStatuses).optional(),
  tag: TagId.optional(),
  owner: UserId.optional(),
});
export type ListDevices = z.infer<typeof ListDevices>;

export const DeviceKey = z.object({
  thumbprint: z.string(),
  algorithm: z.string(),
  status: z.enum(deviceKeyStatuses),
  createdAt: z.date(),
  lastUsedAt: z.date().nullable(),
  rotateAfter: z.date().nullable(),
});

export const DeviceFacts = z.object({ section: z.string(), facts: z.unknown(), updatedAt: z.date() });

export const DeviceDetail = Device.extend({
  deviceFingerprint: z.string().nullable(),
  enrolledWith: z.string().nullable(),
  lastSeenIp: z.string().nullable(),
  approvedAt: z.date().nullable(),
  approvedByName: z.string().nullable(),
  revokedAt: z.date().nullable(),
  desiredHash: z.string().nullable(),
  appliedHash: z.string().nullable(),
  cloneFlips: z.number().int(),
  predecessor: z.object({ id: DeviceId, name: z.string(), status: z.enum(deviceStatuses) }).nullable(),
  keys: z.array(DeviceKey),
  facts: z.array(DeviceFacts),
});
export type DeviceDetail = z.infer<typeof DeviceDetail>;

export const DeviceById = z.object({ id: DeviceId });
export const RenameDevice = z.object({ id: DeviceId, name: DeviceName });
export const SetDeviceTags = z.object({ id: DeviceId, tagIds: z.array(TagId).max(100) });
