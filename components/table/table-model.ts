"use client";

import {
  columnOrderingFeature,
  columnVisibilityFeature,
  createTableHook,
  metaHelper,
  rowSelectionFeature,
  tableFeatures,
} from "@tanstack/react-table";
import type { ReactNode } from "react";

/** What the table wants to know about a column beyond its accessor and cell. */
export interface ColumnMeta {
  /** The column's name; taken from `header` when that is text. */
  label?: string;
  /** The server's name for sorting by it; absent, it does not sort. */
  sort?: string;
  /** Numbers stand at the end. */
  align?: "end";
  /** Hidden until the person asks for it. */
  isHiddenAtFirst?: boolean;
  /** May take the remaining width and wraps; other columns do not. */
  isWide?: boolean;
}

/** Every list has an id per row, and no more. */
export interface TableRow {
  id: string;
}

// Paging, sorting and filtering are the server's: only what the browser does itself is registered.
const features = tableFeatures({
  columnOrderingFeature,
  columnVisibilityFeature,
  rowSelectionFeature,
  columnMeta: metaHelper<ColumnMeta>(),
});

export const { createAppColumnHelper: columnsFor, useAppTable } = createTableHook({ features });

/** The columns of a list, made once per module: `columnsFor<Device>().columns([…])`. */
export type TableColumns<Row extends TableRow> = Parameters<typeof useAppTable<Row>>[0]["columns"];

export type TableInstance<Row extends TableRow> = ReturnType<typeof useAppTable<Row>>;

export interface RowAction {
  key: string;
  label: string;
  icon?: ReactNode;
  isDanger?: boolean;
  disabledReason?: string | null;
  /** Either goes somewhere or does something. */
  href?: string;
  onSelect?: () => void;
}

/** What a bulk action applies to: chosen rows, or all that match, as many as the person was told. */
export type BulkSelection = { ids: string[] } | { filter: Readonly<Record<string, unknown>>; expectedCount: number };

export interface BulkAction {
  key: string;
  label: string;
  icon?: ReactNode;
  isDanger?: boolean;
  disabledReason?: string | null;
  /** Asks first, when it should, and does it. The selection is cleared when it resolves to `true`. */
  run: (selection: BulkSelection, count: number) => Promise<boolean>;
}

export interface FacetOption {
  value: string;
  label: string;
  count?: number;
}

/** A filter with a control of its own above the list. */
export interface Facet {
  /** The filter's key in the address. */
  key: string;
  label: string;
  /** What there is to choose; of those that are loaded, the chosen ones, so that they have a name at once. */
  options: readonly FacetOption[];
  /** Asked when the menu opens, for choices that are data: a page need not carry what few look at. */
  load?: () => Promise<readonly FacetOption[]>;
  /** Several values at once; they repeat the key in the address. */
  isMultiple?: boolean;
  /** What the list shows when nothing is chosen; "Any" unless it has a default of its own. */
  defaultLabel?: string;
}
