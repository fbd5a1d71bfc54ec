import { AuditResult } from "@/components/audit/audit-result";
import { actorText, eventSentence } from "@/components/audit/audit-text";
import { LinkButton } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Diff } from "@/components/ui/diff";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import type { Page } from "@/server/core/page";
import type { AuditLog } from "@/server/modules/audit/schema";

const labels = { name: "Name", status: "Status", tags: "Tags", owner: "Owner", key: "Key", predecessor: "Predecessor" };

interface DeviceActivityProps {
  page: Page<AuditLog>;
  /** The address of this list without paging. */
  href: string;
}

/** What happened to a device, newest first, with before and after. */
export function DeviceActivity({ page, href }: DeviceActivityProps) {
  const { rows, nextCursor, previousCursor, total, totalIsExact } = page;
  const at = (cursor: string) => `${href}?cursor=${encodeURIComponent(cursor)}`;
  return (
    <Card
      title="Activity"
      description={`${total.toLocaleString("en-GB")}${totalIsExact ? "" : "+"} ${total === 1 ? "entry" : "entries"}, newest first.`}
      isFlush
      footer={
        nextCursor || previousCursor ? (
          <nav aria-label="Pages of the activity" className="flex flex-wrap gap-2">
            {previousCursor ? <LinkButton href={at(previousCursor)}>Newer</LinkButton> : null}
            {nextCursor ? <LinkButton href={at(nextCursor)}>Older</LinkButton> : null}
          </nav>
        ) : undefined
      }
    >
      {rows.length === 0 ? (
        <EmptyState kind="nothing-yet" title="Nothing has happened yet" />
      ) : (
        <ol className="divide-y divide-line">
          {rows.map((entry) => (
            <li key={entry.id} className="px-4 py-3">
              <Entry entry={entry} />
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

function Entry({ entry }: { entry: AuditLog }) {
  const { event, changes, status, createdAt, ipAddress } = entry;
  return (
    <>
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <h3 className="min-w-0 flex-1 basis-56 font-medium">{eventSentence(event)}</h3>
        {status === "success" ? null : <AuditResult status={status} />}
        <span className="text-muted">
          <Time value={createdAt} />
        </span>
      </div>
      <p className="text-muted">
        {entry.actorKind === "anonymous" ? null : `by ${actorText(entry)} `}
        {ipAddress ? `from ${ipAddress}` : null}
      </p>
      {changes ? (
        <div className="mt-2 max-w-2xl">
          <Diff before={changes.before} after={changes.after} labels={labels} />
        </div>
      ) : null}
    </>
  );
}
