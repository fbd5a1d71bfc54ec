"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { CodeBlock } from "@/components/ui/code-block";
import { DescriptionList } from "@/components/ui/description-list";
import { Dialog } from "@/components/ui/dialog";
import { Diff } from "@/components/ui/diff";
import { Time } from "@/components/ui/time";
import type { AuditLog } from "@/server/modules/audit/schema";
import { actorHref, subjectHref } from "./audit-links";
import { AuditResult } from "./audit-result";
import { actorKindLabels, actorText, eventSentence, subjectText } from "./audit-text";

interface AuditEntryDialogProps {
  entry: AuditLog | null;
  onClose: () => void;
}

/** Everything one entry of the audit log says. */
export function AuditEntryDialog({ entry, onClose }: AuditEntryDialogProps) {
  return (
    <Dialog isOpen={entry !== null} onOpenChange={onClose} size="large" title={entry ? eventSentence(entry.event) : ""}>
      {entry ? <AuditEntry entry={entry} /> : null}
    </Dialog>
  );
}

function Named({ href, children }: { href: string | null; children: ReactNode }) {
  if (!href) return children;
  return (
    <Link href={href} prefetch={false} className="rounded font-medium text-accent-ink underline underline-offset-2">
      {children}
    </Link>
  );
}

const Code = ({ children }: { children: ReactNode }) => <code className="font-mono text-xs break-all">{children}</code>;

function AuditEntry({ entry }: { entry: AuditLog }) {
  const subject = subjectText(entry);
  const isForUser = entry.userName && entry.userName !== subject;
  return (
    <div className="space-y-5">
      <DescriptionList
        items={[
          { label: "When", value: <Time value={entry.createdAt} format="absolute" /> },
          { label: "Event", value: <Code>{entry.event}</Code> },
          { label: "Result", value: <AuditResult status={entry.status} /> },
          {
            label: "Actor",
            value: (
              <>
                <Named href={actorHref(entry)}>{actorText(entry)}</Named>
                {entry.actorName ? <span className="text-muted"> · {actorKindLabels[entry.actorKind]}</span> : null}
              </>
            ),
          },
          { label: "Subject", value: subject ? <Named href={subjectHref(entry)}>{subject}</Named> : null },
          ...(isForUser
            ? [{ label: "Belongs to", value: <Named href={`/users/${entry.userId}`}>{entry.userName}</Named> }]
            : []),
          ...(entry.entityId ? [{ label: "Subject id", value: <Code>{entry.entityId}</Code> }] : []),
          { label: "From", value: [entry.ipAddress, entry.source].filter(Boolean).join(" · ") },
          ...(entry.userAgent ? [{ label: "Program", value: entry.userAgent }] : []),
          { label: "Request", value: entry.requestId ? <Code>{entry.requestId}</Code> : null },
          ...(entry.message ? [{ label: "Message", value: entry.message }] : []),
        ]}
      />
      <Changes entry={entry} />
    </div>
  );
}

function Changes({ entry: { changes, metadata } }: { entry: AuditLog }) {
  return (
    <>
      {changes ? (
        <section className="space-y-2">
          <h3 className="font-medium">Changes</h3>
          <Diff before={changes.before} after={changes.after} />
        </section>
      ) : null}
      {Object.keys(metadata).length > 0 ? (
        <section className="space-y-2">
          <h3 className="font-medium">Details</h3>
          <CodeBlock label="Details" text={JSON.stringify(metadata, null, 2)} />
        </section>
      ) : null}
    </>
  );
}
