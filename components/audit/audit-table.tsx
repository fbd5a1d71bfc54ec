"use client";

import { FileText, UserRound } from "lucide-react";
import { useState } from "react";
import { DataTable } from "@/components/table/data-table";
import type { TableFilter } from "@/components/table/table-address";
import { columnsFor, type Facet, type RowAction } from "@/components/table/table-model";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import { actorKinds, auditStatuses } from "@/db/enums";
import { eventTypes } from "@/server/core/events";
import type { Page } from "@/server/core/page";
import type { AuditLog } from "@/server/modules/audit/schema";
import { AuditEntryDialog } from "./audit-entry-dialog";
import { subjectHref } from "./audit-links";
import { AuditResult } from "./audit-result";
import { actorKindLabels, actorText, auditStatusLooks, eventSentence, subjectText } from "./audit-text";

const column = columnsFor<AuditLog>();

/** The columns, with the event opening its entry. */
const columnsWith = (open: (entry: AuditLog) => void) =>
  column.columns([
    column.accessor("event", {
      id: "event",
      header: "Event",
      cell: ({ row }) => (
        <button
          type="button"
          onClick={() => open(row.original)}
          className="min-h-6 rounded text-start font-medium underline-offset-2 hover:underline"
        >
          {eventSentence(row.original.event)}
        </button>
      ),
    }),
    column.accessor(actorText, { id: "actor", header: "Actor" }),
    column.accessor(subjectText, { id: "subject", header: "Subject", cell: ({ getValue }) => getValue() ?? "—" }),
    column.accessor("status", {
      id: "status",
      header: "Result",
      cell: ({ getValue }) => <AuditResult status={getValue()} />,
    }),
    column.accessor("ipAddress", { id: "ipAddress", header: "Address", cell: ({ getValue }) => getValue() ?? "—" }),
    column.accessor("createdAt", {
      id: "createdAt",
      header: "When",
      meta: { sort: "createdAt" },
      cell: ({ getValue }) => <Time value={getValue()} />,
    }),
    column.accessor("event", {
      id: "code",
      header: "Code",
      meta: { isHiddenAtFirst: true },
      cell: ({ getValue }) => <code className="font-mono text-xs">{getValue()}</code>,
    }),
    column.accessor("requestId", { id: "requestId", header: "Request", meta: { isHiddenAtFirst: true } }),
  ]);

const facets: Facet[] = [
  { key: "event", label: "Event", options: eventTypes.map((event) => ({ value: event, label: event })) },
  {
    key: "status",
    label: "Result",
    options: auditStatuses.map((status) => ({ value: status, label: auditStatusLooks[status].label })),
  },
  {
    key: "actorKind",
    label: "Actor",
    options: actorKinds.map((kind) => ({ value: kind, label: actorKindLabels[kind] })),
  },
];

function actionsFor(entry: AuditLog, open: (entry: AuditLog) => void): RowAction[] {
  const href = subjectHref(entry);
  const details = { key: "details", label: "Show details", icon: <FileText aria-hidden /> };
  return [
    { ...details, onSelect: () => open(entry) },
    ...(href ? [{ key: "subject", label: "Open subject", icon: <UserRound aria-hidden />, href }] : []),
  ];
}

/** Everything that happened, newest first, each entry with what it changed. */
export function AuditTable({ page, filter }: { page: Page<AuditLog>; filter: TableFilter }) {
  const [entry, setEntry] = useState<AuditLog | null>(null);
  const [columns] = useState(() => columnsWith(setEntry));
  return (
    <>
      <DataTable
        id="audit"
        label="Entries"
        columns={columns}
        {...page}
        filter={filter}
        facets={facets}
        searchLabel="Search person, device, address, id"
        rowActions={(row) => actionsFor(row, setEntry)}
        empty={<EmptyState kind="nothing-yet" title="Nothing has happened yet" />}
      />
      <AuditEntryDialog entry={entry} onClose={() => setEntry(null)} />
    </>
  );
}
