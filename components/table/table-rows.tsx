"use client";

import { Checkbox } from "@/components/ui/checkbox";
import { classNames } from "@/components/ui/class-names";
import { useFollow } from "@/components/ui/use-follow";
import { columnLabel } from "./column-label";
import { RowMenuButton, type RowMenuState } from "./row-menu";
import type { TableInstance, TableRow } from "./table-model";
import { roles } from "./table-roles";

interface TableRowsProps<Row extends TableRow> {
  table: TableInstance<Row>;
  menu: RowMenuState;
  rowHref?: (row: Row) => string;
  bulkActions?: readonly unknown[];
}

/** What is the same in every row of a column, worked out once. */
function columnsOf<Row extends TableRow>(table: TableInstance<Row>) {
  return table.getVisibleLeafColumns().map(({ id, columnDef }, at) => ({
    id,
    columnDef,
    attributes: {
      ...(at === 0 ? roles.rowheader : roles.cell),
      "data-label": at === 0 ? undefined : columnLabel(columnDef),
      className: classNames(
        at === 0 ? "list-cell list-card-title" : "list-cell list-card-label",
        columnDef.meta?.align === "end" && "text-end tabular-nums",
        columnDef.meta?.isWide && "list-cell-wide",
      ),
    },
  }));
}

/** The rows of a list; under 640 px each is a card. */
export function TableRows<Row extends TableRow>(props: TableRowsProps<Row>) {
  const columns = columnsOf(props.table);
  const follow = useFollow();
  return (
    <tbody {...roles.rowgroup} className="max-sm:flex max-sm:flex-col max-sm:gap-2">
      {props.table.getRowModel().rows.map((row) => (
        <ListRow key={row.id} {...props} row={row} columns={columns} follow={follow} />
      ))}
    </tbody>
  );
}

type ListRowProps<Row extends TableRow> = TableRowsProps<Row> & {
  row: ReturnType<TableInstance<Row>["getRowModel"]>["rows"][number];
  columns: ReturnType<typeof columnsOf<Row>>;
  follow: ReturnType<typeof useFollow>;
};

function ListRow<Row extends TableRow>({ row, columns, follow, menu, rowHref, bulkActions }: ListRowProps<Row>) {
  const cells = row.getAllCellsByColumnId();
  return (
    <tr {...roles.row} data-selected={row.getIsSelected() || undefined} className="group/row list-row">
      {bulkActions ? (
        <td {...roles.cell} className="list-cell list-cell-choice">
          <Checkbox aria-label="Select row" checked={row.getIsSelected()} onChange={row.getToggleSelectedHandler()} />
        </td>
      ) : null}
      {columns.map(({ id, columnDef, attributes }, at) => {
        const cell = cells[id];
        // A cell's renderer is a plain function: as a component of its own it would cost as much as what it renders.
        const content = cell && typeof columnDef.cell === "function" ? columnDef.cell(cell.getContext()) : null;
        return (
          <td key={id} {...attributes}>
            {at === 0 && rowHref ? (
              <a href={rowHref(row.original)} onClick={follow} className="list-row-link">
                {content}
              </a>
            ) : (
              content
            )}
          </td>
        );
      })}
      <td {...roles.cell} className="list-cell list-cell-menu">
        <RowMenuButton id={row.id} menu={menu} />
      </td>
    </tr>
  );
}
