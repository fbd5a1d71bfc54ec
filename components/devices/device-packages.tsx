"use client";

import { DataTable } from "@/components/table/data-table";
import type { TableFilter } from "@/components/table/table-address";
import { columnsFor } from "@/components/table/table-model";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import type { Package, PackagePage } from "@/server/modules/devices/schema";

const column = columnsFor<Package>();

const columns = column.columns([
  column.accessor("name", { header: "Package", meta: { isWide: true } }),
  column.accessor("version", { header: "Version", meta: { isWide: true } }),
  column.accessor("arch", { header: "Architecture", cell: ({ getValue }) => getValue() ?? "—" }),
]);

/** The software on one device, as it reports it. */
export function DevicePackages({ page, filter }: { page: PackagePage; filter: TableFilter }) {
  return (
    <div className="space-y-3">
      {page.updatedAt ? (
        <p className="text-muted">
          From {page.manager}, reported <Time value={page.updatedAt} />.
        </p>
      ) : null}
      <DataTable<Package>
        id="device-packages"
        label="Packages"
        columns={columns}
        {...page}
        filter={filter}
        searchLabel="Search name or version"
        empty={
          <EmptyState
            kind="nothing-yet"
            title="No packages reported"
            description="The device lists them every few hours, where it has a package manager the agent knows."
          />
        }
      />
    </div>
  );
}
