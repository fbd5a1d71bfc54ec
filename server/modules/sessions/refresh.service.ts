import { z } from "zod";
import type { RequestMeta } from "@/server/core/actor";
import type { AuditEntry } from "@/server/core/audit-trail";
import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { SessionId } from "@/server/core/ids";
import { command } from "@/server/core/operation";
import * as repo from "./repo";

/** A refresh token that is ours and did not rotate: the generation it names, and the one the database is at. */
const Presented = z.object({ sessionId: SessionId, presented: z.number().int(), current: z.number().int() });
type Presented = z.infer<typeof Presented>;

const kinds = {
  reuse: { event: "session.reuse-detected", eventType: "refresh_token_reuse", severity: "high", status: "denied" },
  retry: { event: "session.refresh-retried", eventType: "refresh_retry", severity: "low", status: "success" },
  ahead: { event: "session.refresh-ahead", eventType: "refresh_token_ahead", severity: "high", status: "denied" },
} as const;

interface Happened {
  tx: Tx;
  request: RequestMeta;
  audit(entry: AuditEntry): void;
}

/** Puts it on record, once for each pair of generations, however often the token comes back. */
async function record(
  kind: keyof typeof kinds,
  { tx, request, audit }: Happened,
  { sessionId, ...details }: Presented,
): Promise<void> {
  const userId = await repo.lockOwner(tx, sessionId);
  if (!userId) throw new AppError("session-ended");
  const { event, eventType, severity, status } = kinds[kind];
  const values = { sessionId, userId, eventType, severity, details, ipAddress: request.ip };
  const { isNew } = await repo.insertSecurityEvent(tx, values);
  if (isNew) audit({ event, subject: sessionId, userId, status, metadata: details });
}

const unaudited = "The same token seen again tells nothing new; the first time is audited";

/** A used refresh token came back: its session ends, other sessions of the user are not touched. */
export const revokeForReuse = command({
  permission: "system",
  unaudited: "The same theft seen a second time changes nothing; the first time is audited",
  input: Presented,
  output: z.void(),
  async run(context, presented) {
    const ended = await repo.revoke(context.tx, repo.byId(presented.sessionId), "reuse");
    if (ended.length > 0) await record("reuse", context, presented);
  },
});

/** The answer with the successor was lost, and the same browser asked again. */
export const recordRetry = command({
  permission: "system",
  unaudited,
  input: Presented,
  output: z.void(),
  run: (context, presented) => record("retry", context, presented),
});

/** A token we made is ahead of the database: it was restored from a backup, or our key has leaked. */
export const recordAhead = command({
  permission: "system",
  unaudited,
  input: Presented,
  output: z.void(),
  run: (context, presented) => record("ahead", context, presented),
});
