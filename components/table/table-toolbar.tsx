"use client";

import { Download, RotateCcw } from "lucide-react";
import { LinkButton } from "@/components/ui/button";
import { buttonClass } from "@/components/ui/button-look";
import { SearchField } from "@/components/ui/search-field";
import { Select } from "@/components/ui/select";
import { columnLabel } from "./column-label";
import { FacetMenu } from "./facet-menu";
import { addressWith, filterValues, selectionFilter, type TableFilter } from "./table-address";
import type { Facet, TableInstance, TableRow } from "./table-model";
import { TableSettingsButton } from "./table-settings-button";
import type { TableAddress } from "./use-table-address";
import type { TableSettings } from "./use-table-settings";

interface TableToolbarProps<Row extends TableRow> {
  label: string;
  table: TableInstance<Row>;
  address: TableAddress;
  filter: TableFilter;
  facets?: readonly Facet[];
  searchLabel?: string | null;
  csvHref?: string;
  settings: TableSettings;
  onSettings: (changes: Partial<TableSettings>) => void;
  /** Leads to the list without filters; `null` when there are none. */
  resetAddress: string | null;
}

/** Search, facets and how the table looks. */
export function TableToolbar<Row extends TableRow>(props: TableToolbarProps<Row>) {
  const { table, address, filter, facets = [], searchLabel, label, csvHref, resetAddress } = props;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {searchLabel === null ? null : (
        <SearchField
          label={`Search ${label.toLowerCase()}`}
          placeholder={searchLabel}
          value={filterValues(filter, "q")[0] ?? ""}
          onSearch={(q) => address.go({ q }, "replace")}
          className="sm:max-w-72 sm:min-w-40 sm:flex-1"
        />
      )}
      {facets.map((facet) => (
        <FacetMenu key={facet.key} facet={facet} filter={filter} address={address} />
      ))}
      {resetAddress ? (
        <LinkButton href={resetAddress} variant="ghost" prefetch={false} icon={<RotateCcw aria-hidden />}>
          Reset
        </LinkButton>
      ) : null}
      <div className="ms-auto flex items-center gap-2 max-sm:w-full">
        <CardSort table={table} address={address} filter={filter} />
        {csvHref ? <CsvLink href={csvHref} table={table} filter={filter} /> : null}
        <TableSettingsButton table={table} settings={props.settings} onSettings={props.onSettings} />
      </div>
    </div>
  );
}

/** Cards have no headings to sort by, so that narrow screens get a list of them. */
function CardSort<Row extends TableRow>({
  table,
  address,
  filter,
}: Pick<TableToolbarProps<Row>, "table" | "address" | "filter">) {
  const options = table.getAllLeafColumns().flatMap(({ columnDef }) => {
    const sort = columnDef.meta?.sort;
    if (!sort) return [];
    return [
      { value: `${sort} asc`, label: `${columnLabel(columnDef)} ↑` },
      { value: `${sort} desc`, label: `${columnLabel(columnDef)} ↓` },
    ];
  });
  if (options.length === 0) return null;
  const direction = filter.direction === "desc" ? "desc" : "asc";
  return (
    <Select
      aria-label="Sort by"
      className="w-auto! min-w-0 flex-1 sm:hidden!"
      value={`${filterValues(filter, "sort")[0] ?? ""} ${direction}`}
      options={options}
      onChange={(event) => {
        const [sort, next] = event.target.value.split(" ");
        address.go({ sort, direction: next });
      }}
    />
  );
}

function CsvLink<Row extends TableRow>({
  href,
  table,
  filter,
}: {
  href: string;
  table: TableInstance<Row>;
  filter: TableFilter;
}) {
  const columns = table.getVisibleLeafColumns().map(({ id }) => id);
  const { sort, direction } = filter;
  const address = addressWith(href, new URLSearchParams(), { ...selectionFilter(filter), sort, direction, columns });
  return (
    <a href={address} download className={buttonClass({})}>
      <Download aria-hidden />
      CSV
    </a>
  );
}
