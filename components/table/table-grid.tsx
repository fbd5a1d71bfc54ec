"use client";

import { ArrowDown, ArrowUp, ChevronsUpDown } from "lucide-react";
import Link from "next/link";
import { Checkbox } from "@/components/ui/checkbox";
import { classNames } from "@/components/ui/class-names";
import { useMenu } from "@/components/ui/use-menu";
import { columnLabel } from "./column-label";
import { RowDots, RowMenu } from "./row-menu";
import type { TableFilter } from "./table-address";
import type { ColumnMeta, RowAction, TableInstance, TableRow } from "./table-model";
import { roles } from "./table-roles";
import { TableRows } from "./table-rows";
import type { TableAddress } from "./use-table-address";
import type { Density } from "./use-table-settings";

interface TableGridProps<Row extends TableRow> {
  label: string;
  table: TableInstance<Row>;
  rows: readonly Row[];
  address: TableAddress;
  filter: TableFilter;
  density: Density;
  rowActions?: (row: Row) => readonly RowAction[];
  rowHref?: (row: Row) => string;
  bulkActions?: readonly unknown[];
}

/** Rows and columns. Under 640 px each row becomes a card. */
export function TableGrid<Row extends TableRow>(props: TableGridProps<Row>) {
  const { label, density, address } = props;
  const menu = useMenu<string>();
  return (
    <section
      aria-label={`${label}, table`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      className={classNames(
        "overflow-auto rounded-lg border border-line bg-surface transition-opacity max-sm:overflow-visible max-sm:rounded-none max-sm:border-0 max-sm:bg-transparent sm:max-h-[max(20rem,calc(100dvh-17.5rem))]",
        address.isLoading && "opacity-60",
      )}
    >
      <table
        {...roles.table}
        data-density={density}
        className="group/table w-full border-separate border-spacing-0 max-sm:block"
      >
        <caption className="sr-only">{label}</caption>
        <GridHead {...props} />
        <TableRows {...props} menu={menu} />
      </table>
      <RowDots />
      <RowMenu menu={menu} rows={props.rows} rowActions={props.rowActions} />
    </section>
  );
}

const headCell =
  "sticky top-0 z-2 h-9 border-b border-line bg-surface px-3 text-start text-xs font-medium whitespace-nowrap text-muted";

function GridHead<Row extends TableRow>({ table, address, filter, bulkActions }: TableGridProps<Row>) {
  return (
    <thead {...roles.rowgroup} className="max-sm:sr-only">
      {table.getHeaderGroups().map((group) => (
        <tr key={group.id} {...roles.row}>
          {bulkActions ? (
            <th {...roles.columnheader} scope="col" className={classNames(headCell, "w-9 pe-0!")}>
              <Checkbox
                aria-label="Select all rows of this page"
                checked={table.getIsAllRowsSelected()}
                isIndeterminate={table.getIsSomeRowsSelected() && !table.getIsAllRowsSelected()}
                onChange={table.getToggleAllRowsSelectedHandler()}
              />
            </th>
          ) : null}
          {group.headers.map((header) => (
            <HeadCell key={header.id} columnDef={header.column.columnDef} address={address} filter={filter} />
          ))}
          <th {...roles.columnheader} scope="col" className={classNames(headCell, "end-0 z-3! w-11")}>
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      ))}
    </thead>
  );
}

interface HeadCellProps {
  columnDef: { header?: unknown; meta?: ColumnMeta };
  address: TableAddress;
  filter: TableFilter;
}

const sortIcons = { ascending: ArrowUp, descending: ArrowDown, none: ChevronsUpDown };

function HeadCell({ columnDef, address, filter }: HeadCellProps) {
  const label = columnLabel(columnDef);
  const { sort, align } = columnDef.meta ?? {};
  const isSorted = Boolean(sort) && filter.sort === sort;
  const order = isSorted ? (filter.direction === "desc" ? "descending" : "ascending") : "none";
  const Icon = sortIcons[order];
  return (
    <th
      {...roles.columnheader}
      scope="col"
      aria-sort={isSorted ? order : undefined}
      className={classNames(headCell, align === "end" && "text-end")}
    >
      {sort ? (
        <Link
          href={address.address({ sort, direction: order === "ascending" ? "desc" : "asc" })}
          prefetch={false}
          scroll={false}
          className="-mx-1 inline-flex h-6 items-center gap-1 rounded px-1 hover:text-ink"
        >
          {label}
          <Icon aria-hidden className={classNames("size-3.5", isSorted ? "text-ink" : "opacity-60")} />
        </Link>
      ) : (
        label
      )}
    </th>
  );
}
