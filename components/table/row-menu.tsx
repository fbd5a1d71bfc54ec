"use client";

import { Copy } from "lucide-react";
import { copyText } from "@/components/ui/copy-button";
import { MenuItem, MenuLink, MenuSeparator } from "@/components/ui/menu";
import { MenuPopup } from "@/components/ui/menu-popup";
import { toast } from "@/components/ui/toast";
import type { useMenu } from "@/components/ui/use-menu";
import type { RowAction, TableRow } from "./table-model";

/** The rows of a table share one menu, which is about the row whose button opened it. */
export type RowMenuState = ReturnType<typeof useMenu<string>>;

/** The button at the end of a row that opens the menu of all rows. */
export function RowMenuButton({ id, menu }: { id: string; menu: RowMenuState }) {
  return (
    <button
      type="button"
      aria-label="Row actions"
      data-tooltip="Row actions"
      className="list-row-button"
      {...menu.trigger(id)}
    >
      <svg aria-hidden viewBox="0 0 24 24">
        <use href="#row-dots" />
      </svg>
    </button>
  );
}

/** What every row's button shows, drawn once. */
export function RowDots() {
  return (
    <svg aria-hidden className="hidden">
      <symbol id="row-dots" viewBox="0 0 24 24">
        <path strokeWidth={4} d="M5 12h.01M12 12h.01M19 12h.01" />
      </symbol>
    </svg>
  );
}

interface RowMenuProps<Row extends TableRow> {
  menu: RowMenuState;
  rows: readonly Row[];
  rowActions: ((row: Row) => readonly RowAction[]) | undefined;
}

/** What one can do with a row; "Copy id" always. */
export function RowMenu<Row extends TableRow>({ menu, rows, rowActions }: RowMenuProps<Row>) {
  return (
    <MenuPopup menu={menu} align="end">
      <RowMenuEntries row={rows.find(({ id }) => id === menu.opening?.subject)} rowActions={rowActions} />
    </MenuPopup>
  );
}

function RowMenuEntries<Row extends TableRow>({
  row,
  rowActions,
}: Pick<RowMenuProps<Row>, "rowActions"> & { row: Row | undefined }) {
  if (!row) return null;
  const actions = rowActions?.(row) ?? [];
  const copyId = async () => {
    if (await copyText(row.id)) toast({ title: "Id copied", tone: "neutral" });
  };
  return (
    <>
      {actions.map((action) => (
        <RowMenuEntry key={action.key} action={action} />
      ))}
      {actions.length > 0 ? <MenuSeparator /> : null}
      <MenuItem icon={<Copy aria-hidden />} onSelect={copyId}>
        Copy id
      </MenuItem>
    </>
  );
}

function RowMenuEntry({ action }: { action: RowAction }) {
  if (action.href && !action.disabledReason) {
    return (
      <MenuLink href={action.href} icon={action.icon}>
        {action.label}
      </MenuLink>
    );
  }
  return (
    <MenuItem
      icon={action.icon}
      isDanger={action.isDanger}
      disabledReason={action.disabledReason}
      onSelect={() => action.onSelect?.()}
    >
      {action.label}
    </MenuItem>
  );
}
