"use client";

import { useState } from "react";
import { Time } from "@/components/ui/time";
import type { AuditLog } from "@/server/modules/audit/schema";
import { AuditEntryDialog } from "./audit-entry-dialog";
import { AuditResult } from "./audit-result";
import { actorText, eventSentence, subjectText } from "./audit-text";

/** "dennis, by ada", or only who did it when that is the same. */
function contextText(entry: AuditLog): string {
  const [subject, actor] = [subjectText(entry), actorText(entry)];
  return subject && subject !== actor ? `${subject}, by ${actor}` : actor;
}

/** A few entries as part of another page. */
export function AuditList({ entries }: { entries: readonly AuditLog[] }) {
  const [entry, setEntry] = useState<AuditLog | null>(null);
  return (
    <>
      <ul className="divide-y divide-line">
        {entries.map((each) => (
          <li key={each.id} className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-4 py-2">
            <button
              type="button"
              onClick={() => setEntry(each)}
              className="min-h-6 min-w-0 flex-1 basis-56 rounded text-start underline-offset-2 hover:underline"
            >
              {eventSentence(each.event)}
              <span className="text-muted"> · {contextText(each)}</span>
            </button>
            {each.status === "success" ? null : <AuditResult status={each.status} />}
            <span className="text-muted">
              <Time value={each.createdAt} />
            </span>
          </li>
        ))}
      </ul>
      <AuditEntryDialog entry={entry} onClose={() => setEntry(null)} />
    </>
  );
}
