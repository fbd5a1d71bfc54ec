import { auditLogs } from "@/db/schema";
import { type Actor, personOf, type RequestMeta } from "./actor";
import type { Tx } from "./database";
import type { EventType } from "./events";
import { send } from "./transaction";

/** One thing that happened, as a command reports it. */
export interface AuditEntry {
  event: EventType;
  /** Id of what it happened to; its kind is the event's first word. */
  subject?: string;
  /** Whose it is, when that is a person; they may read the entry in their own account. */
  userId?: string | null;
  status?: "success" | "failure" | "denied";
  message?: string;
  /** Field → [before, after]. Never a secret. */
  changes?: Record<string, readonly [before: unknown, after: unknown]>;
  metadata?: Record<string, unknown>;
}

const side = (changes: AuditEntry["changes"], index: 0 | 1) =>
  Object.fromEntries(Object.entries(changes ?? {}).map(([field, pair]) => [field, pair[index] ?? null]));

/** Which of the owner's keys it was, under the name it had then. */
const programOf = (actor: Actor) =>
  actor.kind === "api_key" ? { apiKey: { id: actor.apiKeyId, name: actor.name } } : undefined;

function rowOf(entry: AuditEntry, actor: Actor, request: RequestMeta): typeof auditLogs.$inferInsert {
  const [entityType = "", action = ""] = entry.event.split(".");
  return {
    actorKind: actor.kind,
    actorUserId: personOf(actor),
    actorDeviceId: actor.kind === "device" ? actor.deviceId : null,
    userId: entry.userId ?? null,
    onBehalfOf: actor.kind === "api_key" ? actor.userId : null,
    sessionId: actor.kind === "user" ? actor.sessionId : null,
    eventType: entry.event,
    action,
    entityType,
    entityId: entry.subject ?? null,
    status: entry.status ?? "success",
    ipAddress: request.ip,
    userAgent: request.userAgent,
    source: request.source,
    message: entry.message ?? null,
    changes: entry.changes ? { before: side(entry.changes, 0), after: side(entry.changes, 1) } : null,
    metadata: { ...entry.metadata, ...programOf(actor) },
    requestId: request.id,
  };
}

/**
 * Writes the entries in one statement, the last of its transaction: it travels with the commit, which fails if it fails.
 * Called by the kernel; a command reports through its `audit()`.
 */
export function recordAudit(
  tx: Tx,
  { actor, request }: { actor: Actor; request: RequestMeta },
  entries: readonly AuditEntry[],
): void {
  send(
    tx,
    tx
      .insert(auditLogs)
      .values(entries.map((entry) => rowOf(entry, actor, request)))
      .toSQL(),
  );
}
