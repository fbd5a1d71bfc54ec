import type { AuditLog } from "@/server/modules/audit/schema";

type Address = (entry: AuditLog) => string | null;

/** Where the thing an entry is about has a page, by the kind of thing. */
const pages: Readonly<Record<string, Address>> = {
  user: ({ entityId }) => (entityId ? `/users/${entityId}` : null),
  setup: ({ entityId }) => (entityId ? `/users/${entityId}` : null),
  role: ({ entityId }) => (entityId ? `/users/${entityId}` : null),
  session: ({ userId }) => (userId ? `/users/${userId}` : null),
  device: ({ entityId }) => (entityId ? `/devices/${entityId}` : null),
  "device-key": ({ entityId }) => (entityId ? `/devices/${entityId}` : null),
  "api-key": ({ entityName }) => (entityName ? `/api-keys?q=${encodeURIComponent(entityName)}` : null),
  group: ({ entityName }) => (entityName ? `/groups?q=${encodeURIComponent(entityName)}` : null),
  gateway: ({ entityId }) => (entityId ? `/gateways/${entityId}` : null),
  pool: ({ entityName }) => (entityName ? `/addresses?q=${encodeURIComponent(entityName)}` : null),
  tag: ({ entityName }) => (entityName ? `/tags?q=${encodeURIComponent(entityName)}` : null),
  "enrolment-token": ({ entityName }) => (entityName ? `/enrolment?q=${encodeURIComponent(entityName)}` : null),
};

/** The page of what an entry is about, where there is one. */
export const subjectHref = (entry: AuditLog): string | null => pages[entry.entityType ?? ""]?.(entry) ?? null;

/** The page of whoever acted, where there is one. */
export function actorHref({ actorKind, actorId }: AuditLog): string | null {
  if (!actorId) return null;
  if (actorKind === "user" || actorKind === "api_key") return `/users/${actorId}`;
  return actorKind === "device" ? `/devices/${actorId}` : null;
}
