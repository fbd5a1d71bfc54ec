import type { Tone } from "@/components/ui/badge";
import { events } from "@/server/core/events";
import type { AuditLog } from "@/server/modules/audit/schema";

export const auditStatusLooks: Readonly<Record<AuditLog["status"], { label: string; tone: Tone }>> = {
  success: { label: "Done", tone: "success" },
  failure: { label: "Failed", tone: "warning" },
  denied: { label: "Denied", tone: "danger" },
};

export const actorKindLabels: Readonly<Record<AuditLog["actorKind"], string>> = {
  user: "User",
  api_key: "API key",
  device: "Device",
  gateway: "Gateway",
  system: "Keyward",
  anonymous: "Unknown",
};

const isKnown = (event: string): event is keyof typeof events => Object.hasOwn(events, event);

/** An event as a sentence; what this version does not know keeps its code. */
export const eventSentence = (event: string): string => (isKnown(event) ? events[event] : event);

/** Who did it, by name where there is one. */
export const actorText = ({ actorKind, actorName }: Pick<AuditLog, "actorKind" | "actorName">): string =>
  actorName ?? actorKindLabels[actorKind];

/** What it happened to: its name, else its kind. */
export function subjectText({ entityType, entityId, entityName, userName }: AuditLog): string | null {
  if (entityName) return entityName;
  if (entityId && entityType) return `${entityType} ${entityId.slice(0, 8)}`;
  return userName;
}
