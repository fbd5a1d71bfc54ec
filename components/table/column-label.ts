import type { ColumnMeta } from "./table-model";

/** The name of a column for headings, cards and settings. */
export function columnLabel(columnDef: { header?: unknown; meta?: ColumnMeta }): string {
  return columnDef.meta?.label ?? (typeof columnDef.header === "string" ? columnDef.header : "");
}
