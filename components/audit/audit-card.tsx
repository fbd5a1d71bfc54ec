import { LinkButton } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import type { AuditLog } from "@/server/modules/audit/schema";
import { AuditList } from "./audit-list";

interface AuditCardProps {
  entries: readonly AuditLog[];
  /** The same entries in the audit log. */
  allHref: string;
}

/** What happened lately around one thing. */
export function AuditCard({ entries, allHref }: AuditCardProps) {
  return (
    <Card
      title="Recent activity"
      isFlush
      actions={
        <LinkButton size="small" href={allHref}>
          All entries
        </LinkButton>
      }
    >
      {entries.length === 0 ? (
        <EmptyState kind="nothing-yet" title="Nothing has happened yet" />
      ) : (
        <AuditList entries={entries} />
      )}
    </Card>
  );
}
