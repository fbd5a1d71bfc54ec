"use client";

import { CircleHelp, MonitorSmartphone } from "lucide-react";
import Link from "next/link";
import { DeviceStatusDot } from "@/components/devices/device-status";
import { reachLooks } from "@/components/policies/policy-words";
import { DataTable } from "@/components/table/data-table";
import { columnsFor, type Facet } from "@/components/table/table-model";
import { Badge } from "@/components/ui/badge";
import { EmptyState } from "@/components/ui/empty-state";
import type { ListReach, ReachPage, ReachRow } from "@/server/modules/policies/access.schema";
import { reaches } from "@/server/modules/policies/schema";
import { reasonLabels } from "./access-words";
import { questionAddress } from "./question-address";

const column = columnsFor<ReachRow>();

const columns = column.columns([
  column.accessor("name", { header: "Device", meta: { sort: "name", isWide: true } }),
  column.accessor("verdict", {
    header: "Reaches it",
    cell: ({ getValue }) => <Badge tone={reachLooks[getValue()].tone}>{reachLooks[getValue()].label}</Badge>,
  }),
  column.accessor("decidedBy", {
    header: "Because of",
    cell: ({ row: { original } }) => <Because row={original} />,
    meta: { isWide: true },
  }),
  column.accessor("ownerName", { header: "Owner", cell: ({ getValue }) => getValue() ?? "Nobody" }),
  column.accessor("status", { header: "State", cell: ({ getValue }) => <DeviceStatusDot status={getValue()} /> }),
]);

function Because({ row: { decidedBy, reason } }: { row: ReachRow }) {
  if (decidedBy.length === 0) return <span className="text-muted">{reasonLabels[reason]}</span>;
  return (
    <span className="inline-flex flex-wrap gap-x-2 max-sm:justify-end">
      {decidedBy.map(({ policyId, name }) => (
        <Link key={policyId} href={`/policies/${policyId}`} prefetch={false} className="underline underline-offset-2">
          {name}
        </Link>
      ))}
    </span>
  );
}

interface ReachTableProps {
  page: ReachPage;
  asked: ListReach;
}

/** Devices with what comes of their traffic to the address, and a way to each one's explanation. */
export function ReachTable({ page, asked }: ReachTableProps) {
  const { dst, protocol, port, ...filter } = asked;
  const facets: Facet[] = [
    {
      key: "verdict",
      label: "Reaches it",
      options: reaches.map((value) => ({ value, label: reachLooks[value].label, count: page.counts[value] })),
    },
  ];
  return (
    <DataTable<ReachRow>
      id="reach"
      label="Devices"
      columns={columns}
      {...page}
      filter={filter}
      facets={facets}
      searchLabel="Search device or owner"
      rowHref={({ id }) => questionAddress("/access", { device: id, dst, protocol, port })}
      rowActions={({ id }) => [
        {
          key: "explain",
          label: "Explain",
          icon: <CircleHelp aria-hidden />,
          href: questionAddress("/access", { device: id, dst, protocol, port }),
        },
        { key: "device", label: "Show device", icon: <MonitorSmartphone aria-hidden />, href: `/devices/${id}` },
      ]}
      empty={
        <EmptyState
          kind="nothing-yet"
          title="No devices yet"
          description="Only devices reach anything. Create an enrolment token, and enrol the first with it."
        />
      }
    />
  );
}
