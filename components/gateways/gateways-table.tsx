"use client";

import { Router } from "lucide-react";
import { UseBar } from "@/components/addresses/use-bar";
import { DataTable } from "@/components/table/data-table";
import { columnsFor, type Facet } from "@/components/table/table-model";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import { type Gateway, type GatewayPage, gatewayStates, type ListGateways } from "@/server/modules/gateways/schema";
import { CreateGatewayButton } from "./create-gateway-button";
import { GatewayStateDot, gatewayStateLooks } from "./gateway-state";

const column = columnsFor<Gateway>();

const columns = column.columns([
  column.accessor("name", { id: "name", header: "Name", meta: { sort: "name", isWide: true } }),
  column.accessor("state", {
    id: "state",
    header: "State",
    cell: ({ getValue }) => <GatewayStateDot state={getValue()} />,
  }),
  column.accessor("tunnels", {
    id: "tunnels",
    header: "Tunnels",
    cell: ({ getValue }) => getValue().toLocaleString("en-GB"),
    meta: { align: "end" },
  }),
  column.accessor("used", {
    id: "used",
    header: "Addresses",
    cell: ({ row: { original } }) => <UseBar {...original} />,
  }),
  column.accessor("endpoint", {
    id: "endpoint",
    header: "Endpoint",
    cell: ({ getValue }) => getValue() ?? <span className="text-muted">Not known yet</span>,
  }),
  column.accessor("vpnCidr", { id: "vpnCidr", header: "Network", meta: { isHiddenAtFirst: true } }),
  column.accessor("lastSyncAt", {
    id: "lastSyncAt",
    header: "Last heard of",
    cell: ({ getValue }) => <Time value={getValue()} />,
  }),
  column.accessor("createdAt", {
    id: "createdAt",
    header: "Created",
    cell: ({ getValue }) => <Time value={getValue()} />,
    meta: { sort: "createdAt", isHiddenAtFirst: true },
  }),
]);

const facets: Facet[] = [
  {
    key: "state",
    label: "State",
    options: gatewayStates.map((value) => ({ value, label: gatewayStateLooks[value].label })),
  },
];

interface GatewaysTableProps {
  page: GatewayPage;
  filter: ListGateways;
}

/** All gateways with how they are. */
export function GatewaysTable({ page, filter }: GatewaysTableProps) {
  return (
    <DataTable<Gateway>
      id="gateways"
      label="Gateways"
      columns={columns}
      {...page}
      filter={filter}
      facets={facets}
      searchLabel="Search name or endpoint"
      rowHref={({ id }) => `/gateways/${id}`}
      rowActions={({ id }) => [
        { key: "open", label: "Details and settings", icon: <Router aria-hidden />, href: `/gateways/${id}` },
      ]}
      empty={
        <EmptyState
          kind="nothing-yet"
          title="No gateways yet"
          description="A gateway is where devices' tunnels end. Create one here, then enrol a Linux machine as it."
          action={<CreateGatewayButton />}
        />
      }
    />
  );
}
