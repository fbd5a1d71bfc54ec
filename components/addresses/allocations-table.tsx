"use client";

import { MonitorSmartphone, Undo2 } from "lucide-react";
import Link from "next/link";
import { useReasonAgainst } from "@/components/access/can";
import { DataTable } from "@/components/table/data-table";
import { columnsFor, type Facet } from "@/components/table/table-model";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { Badge, type Tone } from "@/components/ui/badge";
import { useConfirm } from "@/components/ui/confirm";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import type { AllocationStatus } from "@/db/enums";
import {
  type Allocation,
  type AllocationPage,
  allocationStates,
  type ListAllocations,
} from "@/server/modules/addresses/schema";

const looks: Readonly<Record<AllocationStatus, { label: string; tone: Tone }>> = {
  allocated: { label: "In use", tone: "success" },
  static: { label: "Assigned by hand", tone: "accent" },
  reserved: { label: "Reserved", tone: "neutral" },
  released: { label: "Given back", tone: "neutral" },
};

const column = columnsFor<Allocation>();

const columns = column.columns([
  column.accessor("address", {
    id: "address",
    header: "Address",
    cell: ({ getValue }) => <span className="font-mono text-xs">{getValue()}</span>,
    meta: { sort: "address" },
  }),
  column.accessor("deviceName", {
    id: "deviceName",
    header: "Device",
    cell: ({ row: { original } }) => <DeviceLink {...original} />,
    meta: { isWide: true },
  }),
  column.accessor("status", {
    id: "status",
    header: "State",
    cell: ({ getValue }) => <Badge tone={looks[getValue()].tone}>{looks[getValue()].label}</Badge>,
  }),
  column.accessor("ownerName", { id: "ownerName", header: "Owner", cell: ({ getValue }) => getValue() ?? "Nobody" }),
  column.accessor("gatewayName", { id: "gatewayName", header: "Gateway" }),
  column.accessor("allocatedAt", {
    id: "allocatedAt",
    header: "From",
    cell: ({ getValue }) => <Time value={getValue()} />,
    meta: { sort: "allocatedAt" },
  }),
  column.accessor("releasedAt", {
    id: "releasedAt",
    header: "Until",
    cell: ({ getValue }) => <Time value={getValue()} never="Still" />,
  }),
]);

function DeviceLink({ deviceId, deviceName }: Pick<Allocation, "deviceId" | "deviceName">) {
  if (!deviceId) return <span className="text-muted">Nobody</span>;
  return (
    <Link href={`/devices/${deviceId}`} prefetch={false} className="underline underline-offset-2">
      {deviceName}
    </Link>
  );
}

function useRelease() {
  const confirm = useConfirm();
  const { run } = useAction(({ id }: Allocation) => trpc.addresses.release.mutate({ id }), {
    success: ({ address }) => `${address} given back`,
    problems: { conflict: "It cannot be given back" },
  });
  return (allocation: Allocation) =>
    void confirm({
      title: `Give ${allocation.address} back?`,
      impact: `${allocation.deviceName ?? "Nobody"} has it no longer; after a day another device may get it.`,
      confirmLabel: "Give back",
      run: () => run(allocation),
    });
}

const stateLabels = { live: "In use", released: "Given back" };

interface AllocationsTableProps {
  page: AllocationPage;
  filter: ListAllocations;
  pools: readonly { id: string; cidr: string }[];
}

/** Who has which address, and had it. */
export function AllocationsTable({ page, filter, pools }: AllocationsTableProps) {
  const release = useRelease();
  const reason = useReasonAgainst("address.update");
  const facets: Facet[] = [
    { key: "state", label: "State", options: allocationStates.map((value) => ({ value, label: stateLabels[value] })) },
    { key: "pool", label: "Pool", options: pools.map(({ id, cidr }) => ({ value: id, label: cidr })) },
  ];
  return (
    <DataTable<Allocation>
      id="allocations"
      label="Allocations"
      columns={columns}
      {...page}
      filter={filter}
      facets={facets}
      searchLabel="Search address, network or device"
      rowActions={(row) => [
        {
          key: "device",
          label: "Show device",
          icon: <MonitorSmartphone aria-hidden />,
          disabledReason: row.deviceId ? null : "Nobody has it",
          href: row.deviceId ? `/devices/${row.deviceId}` : undefined,
        },
        {
          key: "release",
          label: "Give back",
          icon: <Undo2 aria-hidden />,
          isDanger: true,
          disabledReason: row.releasedAt ? "It was given back already" : reason,
          onSelect: () => release(row),
        },
      ]}
      empty={
        <EmptyState
          kind="nothing-yet"
          title="No addresses handed out yet"
          description="A device gets its address with its tunnel. You can assign one by hand from a pool."
        />
      }
    />
  );
}
