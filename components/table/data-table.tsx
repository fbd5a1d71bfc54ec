"use client";

import type { RowSelectionState } from "@tanstack/react-table";
import { type ReactNode, useMemo, useState } from "react";
import { LinkButton } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Pagination } from "@/components/ui/pagination";
import { BulkBar } from "./bulk-bar";
import { filterValues, selectionFilter, type TableFilter } from "./table-address";
import { TableGrid } from "./table-grid";
import {
  type BulkAction,
  type Facet,
  type RowAction,
  type TableColumns,
  type TableRow,
  useAppTable,
} from "./table-model";
import { TableToolbar } from "./table-toolbar";
import { useTableAddress } from "./use-table-address";
import { useTableSettings } from "./use-table-settings";

export interface DataTableProps<Row extends TableRow> {
  /** Names the table's settings in the browser; unique in the console. */
  id: string;
  /** What the rows are, in the plural: "Devices". */
  label: string;
  columns: TableColumns<Row>;
  rows: readonly Row[];
  total: number;
  /** `false` when there are more than were counted. */
  totalIsExact: boolean;
  nextCursor: string | null;
  previousCursor: string | null;
  /** The filter the server used, defaults included. */
  filter: TableFilter;
  facets?: readonly Facet[];
  /** What the search looks at: "Search name, owner, address"; `null` when the list has no search. */
  searchLabel?: string | null;
  rowActions?: (row: Row) => readonly RowAction[];
  bulkActions?: readonly BulkAction[];
  rowHref?: (row: Row) => string;
  /** Shown when there is nothing yet: what it is for, and what to do. */
  empty: ReactNode;
  /** Where the list comes as CSV; gets the filter and the visible columns as parameters. */
  csvHref?: string;
}

const counted = (total: number, isExact: boolean) => `${total.toLocaleString("en-GB")}${isExact ? "" : "+"}`;

/** The one table: the server pages, sorts, filters and counts; the address says which part is shown. */
export function DataTable<Row extends TableRow>(props: DataTableProps<Row>) {
  const { rows, filter, total, totalIsExact, label } = props;
  const address = useTableAddress();
  const { settings, change } = useTableSettings(props.id);
  const { table, clearSelection } = useListTable(props, address.key, settings);
  const isFiltered = Object.keys(selectionFilter(filter)).length > 0;
  const resetAddress = address.address(
    Object.fromEntries(Object.keys(filter).map((key) => [key, key === "size" ? filter[key] : undefined])),
  );
  const summary = `${rows.length.toLocaleString("en-GB")} of ${counted(total, totalIsExact)} ${label.toLowerCase()}`;
  return (
    <section aria-label={label} aria-busy={address.isLoading} className="space-y-3">
      <TableToolbar
        {...props}
        table={table}
        address={address}
        settings={settings}
        onSettings={change}
        resetAddress={isFiltered ? resetAddress : null}
      />
      <p role="status" className="sr-only">
        {address.isLoading ? "Loading" : summary}
      </p>
      {rows.length === 0 ? (
        <div className="rounded-lg border border-line bg-surface">
          {isFiltered || filterValues(filter, "cursor").length > 0 ? (
            <NothingMatches label={label} resetAddress={resetAddress} />
          ) : (
            props.empty
          )}
        </div>
      ) : (
        <>
          <TableGrid {...props} table={table} address={address} density={settings.density} />
          <Pagination
            summary={summary}
            firstHref={props.previousCursor ? address.address({}) : null}
            previousHref={props.previousCursor ? address.address({ cursor: props.previousCursor }) : null}
            nextHref={props.nextCursor ? address.address({ cursor: props.nextCursor }) : null}
            size={Number(filter.size ?? rows.length)}
            onSizeChange={(size) => address.go({ size })}
          />
        </>
      )}
      {props.bulkActions ? (
        <BulkBar
          {...props}
          bulkActions={props.bulkActions}
          table={table}
          isFiltered={isFiltered}
          onClear={clearSelection}
        />
      ) : null}
    </section>
  );
}

function NothingMatches({ label, resetAddress }: { label: string; resetAddress: string }) {
  return (
    <EmptyState
      kind="nothing-matches"
      title={`No ${label.toLowerCase()} match`}
      description="Try another search, or reset the filters."
      action={<LinkButton href={resetAddress}>Reset filters</LinkButton>}
    />
  );
}

/** The table's model; a selection lives exactly as long as the address it was made under. */
function useListTable<Row extends TableRow>(
  { columns, rows, bulkActions }: DataTableProps<Row>,
  addressKey: string,
  settings: ReturnType<typeof useTableSettings>["settings"],
) {
  const [chosen, setChosen] = useState<{ under: string; rows: RowSelectionState }>({ under: addressKey, rows: {} });
  const rowSelection = chosen.under === addressKey ? chosen.rows : {};
  const columnVisibility = useMemo(() => {
    const byDefault = columns.flatMap(({ id, meta }) => (id && meta?.isHiddenAtFirst ? [[id, false] as const] : []));
    return { ...Object.fromEntries(byDefault), ...settings.visibility };
  }, [columns, settings.visibility]);
  const table = useAppTable<Row>({
    columns,
    data: rows,
    getRowId: (row) => row.id,
    enableRowSelection: Boolean(bulkActions),
    state: { columnVisibility, columnOrder: settings.order, rowSelection },
    onRowSelectionChange: (update) =>
      setChosen({ under: addressKey, rows: typeof update === "function" ? update(rowSelection) : update }),
  });
  return { table, clearSelection: () => setChosen({ under: addressKey, rows: {} }) };
}
