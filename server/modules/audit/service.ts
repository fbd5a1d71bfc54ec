import { query } from "@/server/core/operation";
import * as repo from "./repo";
import { AuditPage, DeviceActivity, ListAudit } from "./schema";

export const list = query({
  permission: "audit.read",
  input: ListAudit,
  output: AuditPage,
  run: ({ reader }, filter) => repo.list(reader, filter),
});

/** What happened to one device, for whoever may see devices. */
export const deviceActivity = query({
  permission: "device.read",
  input: DeviceActivity,
  output: AuditPage,
  run: ({ reader }, { deviceId, ...filter }) => repo.list(reader, { ...filter, entityId: deviceId }),
});
