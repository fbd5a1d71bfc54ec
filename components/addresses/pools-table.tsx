"use client";

import { DataTable } from "@/components/table/data-table";
import { columnsFor } from "@/components/table/table-model";
import { Badge } from "@/components/ui/badge";
import { LinkButton } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import type { ListPools, Pool, PoolPage } from "@/server/modules/addresses/schema";
import { UseBar } from "./use-bar";
import { usePoolActions } from "./use-pool-actions";

const column = columnsFor<Pool>();

const columns = column.columns([
  column.accessor("cidr", { id: "cidr", header: "Network", meta: { sort: "cidr" } }),
  column.accessor("gatewayName", { id: "gatewayName", header: "Gateway", meta: { isWide: true } }),
  column.accessor("used", { id: "used", header: "In use", cell: ({ row: { original } }) => <UseBar {...original} /> }),
  column.accessor("alertLevel", {
    id: "alertLevel",
    header: "State",
    cell: ({ row: { original } }) => <PoolState {...original} />,
  }),
  column.accessor("reserved", {
    id: "reserved",
    header: "Reserved",
    cell: ({ getValue }) => getValue().join(", ") || <span className="text-muted">Nothing</span>,
  }),
]);

function PoolState({ alertLevel, percent }: Pool) {
  if (percent >= 100) return <Badge tone="danger">Full</Badge>;
  if (alertLevel === 95) return <Badge tone="danger">Nearly full</Badge>;
  return alertLevel === 80 ? <Badge tone="warning">Filling up</Badge> : <Badge tone="success">Room enough</Badge>;
}

interface PoolsTableProps {
  page: PoolPage;
  filter: ListPools;
}

/** All address pools with how full they are. */
export function PoolsTable({ page, filter }: PoolsTableProps) {
  const { actionsFor, dialog } = usePoolActions();
  return (
    <>
      <DataTable<Pool>
        id="pools"
        label="Pools"
        columns={columns}
        {...page}
        filter={filter}
        searchLabel="Search network or gateway"
        rowActions={actionsFor}
        empty={
          <EmptyState
            kind="nothing-yet"
            title="No address pools yet"
            description="A gateway brings its pools with it: set one up, and its tunnels get their addresses here."
            action={
              <LinkButton variant="primary" href="/gateways">
                Go to gateways
              </LinkButton>
            }
          />
        }
      />
      {dialog}
    </>
  );
}
