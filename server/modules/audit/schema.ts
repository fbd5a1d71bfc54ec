import { z } from "zod";
import { actorKinds, auditSources, auditStatuses } from "@/db/enums";
import { eventTypes } from "@/server/core/events";
import { DeviceId, UserId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";

const Values = z.record(z.string(), z.unknown());

export const AuditLog = z.object({
  id: z.uuid(),
  sequence: z.number().int(),
  createdAt: z.date(),
  event: z.string(),
  status: z.enum(auditStatuses),
  actorKind: z.enum(actorKinds),
  /** The user or device that acted, or the owner of the key that did; nobody for Keyward itself and for those it does not know. */
  actorId: z.uuid().nullable(),
  actorName: z.string().nullable(),
  entityType: z.string().nullable(),
  entityId: z.string().nullable(),
  entityName: z.string().nullable(),
  /** Whose it is, when that is a person. */
  userId: UserId.nullable(),
  userName: z.string().nullable(),
  ipAddress: z.string().nullable(),
  userAgent: z.string().nullable(),
  source: z.enum(auditSources),
  message: z.string().nullable(),
  changes: z.object({ before: Values.optional(), after: Values.optional() }).nullable(),
  metadata: Values,
  requestId: z.string().nullable(),
});
export type AuditLog = z.infer<typeof AuditLog>;

export const AuditPage = pageOf(AuditLog);

export const ListAudit = PageFilter.extend({
  sort: z.enum(["createdAt"]).default("createdAt"),
  direction: z.enum(["asc", "desc"]).default("desc"),
  event: z.enum(eventTypes).optional(),
  status: z.enum(auditStatuses).optional(),
  actorKind: z.enum(actorKinds).optional(),
  /** Whom or what it happened to, or who did it. */
  userId: UserId.optional(),
  entityId: z.string().max(100).optional(),
});
export type ListAudit = z.infer<typeof ListAudit>;

export const DeviceActivity = PageFilter.extend({ deviceId: DeviceId });
