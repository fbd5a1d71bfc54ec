"use client";

import { Popover } from "@base-ui/react/popover";
import { ArrowDown, ArrowUp, Settings2 } from "lucide-react";
import { type KeyboardEvent, type RefObject, useId, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { IconButton } from "@/components/ui/icon-button";
import { isPressOf } from "@/components/ui/is-press-of";
import { useFirstUse } from "@/components/ui/use-first-use";
import { columnLabel } from "./column-label";
import type { TableInstance, TableRow } from "./table-model";
import type { Density, TableSettings } from "./use-table-settings";

interface SettingsProps<Row extends TableRow> {
  table: TableInstance<Row>;
  settings: TableSettings;
  onSettings: (changes: Partial<TableSettings>) => void;
}

/** Which columns, in which order, how dense: kept in the browser. */
export function TableSettingsButton<Row extends TableRow>(props: SettingsProps<Row>) {
  const [isOpen, setIsOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const use = useFirstUse(isOpen);
  const toggle = () => {
    // Not every browser gives a pressed button the focus, which is where it returns to.
    button.current?.focus();
    setIsOpen(!isOpen);
  };
  return (
    <>
      <Button
        ref={button}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onClick={toggle}
        icon={<Settings2 aria-hidden />}
      >
        View
      </Button>
      {use ? (
        <Popover.Root
          open={use === "ready" && isOpen}
          onOpenChange={(next, details) => {
            // The button closes it by itself, and its tooltips are not outside of it.
            if (isPressOf(details.event, button.current, document.querySelector("[data-tooltip-popup]")))
              details.cancel();
            else setIsOpen(next);
          }}
        >
          <SettingsPopup {...props} anchor={button} onLeave={() => setIsOpen(false)} />
        </Popover.Root>
      ) : null}
    </>
  );
}

interface SettingsPopupProps<Row extends TableRow> extends SettingsProps<Row> {
  anchor: RefObject<HTMLButtonElement | null>;
  onLeave: () => void;
}

function SettingsPopup<Row extends TableRow>({ anchor, onLeave, ...props }: SettingsPopupProps<Row>) {
  /** Tab leads out of it as if it stood right after its button. */
  const leave = (event: KeyboardEvent<HTMLElement>) => {
    const inside = [...event.currentTarget.querySelectorAll("button, input:enabled")];
    if (event.key !== "Tab" || document.activeElement !== inside.at(event.shiftKey ? 0 : -1)) return;
    if (event.shiftKey) event.preventDefault();
    anchor.current?.focus();
    onLeave();
  };
  return (
    <Popover.Portal>
      <Popover.Positioner anchor={anchor} sideOffset={6} align="end" className="z-50">
        <Popover.Popup
          onKeyDown={leave}
          className="popup max-h-(--available-height) w-72 max-w-[calc(100vw-1.5rem)] overflow-y-auto p-3"
        >
          <Popover.Title className="sr-only">How this table looks</Popover.Title>
          <ColumnList {...props} />
          <DensityChoice density={props.settings.density} onChange={(density) => props.onSettings({ density })} />
          <Button
            size="small"
            className="mt-3 w-full"
            onClick={() => props.onSettings({ density: "comfortable", visibility: {}, order: [] })}
          >
            Back to the defaults
          </Button>
        </Popover.Popup>
      </Popover.Positioner>
    </Popover.Portal>
  );
}

/** The order with one column moved by one place. */
function moved(ids: readonly string[], at: number, by: -1 | 1): string[] {
  const next = [...ids];
  const [id] = next.splice(at, 1);
  if (id !== undefined) next.splice(at + by, 0, id);
  return next;
}

function ColumnList<Row extends TableRow>({ table, settings, onSettings }: SettingsProps<Row>) {
  const listId = useId();
  const columns = table.getAllLeafColumns();
  const ids = columns.map(({ id }) => id);
  return (
    <fieldset>
      <legend className="mb-1 text-xs font-medium text-muted">Columns</legend>
      <ul>
        {columns.map((column, at) => {
          const label = columnLabel(column.columnDef);
          return (
            <li key={column.id} className="flex items-center gap-1.5">
              <Checkbox
                id={`${listId}-${column.id}`}
                // The first column names the row: it stays.
                disabled={at === 0}
                checked={column.getIsVisible()}
                onChange={(event) =>
                  onSettings({ visibility: { ...settings.visibility, [column.id]: event.target.checked } })
                }
              />
              <label htmlFor={`${listId}-${column.id}`} className="min-w-0 flex-1 truncate">
                {label}
              </label>
              <MoveButton
                label={`Move ${label} up`}
                isOff={at < 2}
                onMove={() => onSettings({ order: moved(ids, at, -1) })}
              >
                <ArrowUp aria-hidden />
              </MoveButton>
              <MoveButton
                label={`Move ${label} down`}
                isOff={at === 0 || at === ids.length - 1}
                onMove={() => onSettings({ order: moved(ids, at, 1) })}
              >
                <ArrowDown aria-hidden />
              </MoveButton>
            </li>
          );
        })}
      </ul>
    </fieldset>
  );
}

interface MoveButtonProps {
  label: string;
  isOff: boolean;
  onMove: () => void;
  children: React.ReactNode;
}

function MoveButton({ label, isOff, onMove, children }: MoveButtonProps) {
  return (
    <IconButton
      label={label}
      aria-disabled={isOff || undefined}
      onClick={() => !isOff && onMove()}
      className="size-6! aria-disabled:opacity-40"
    >
      {children}
    </IconButton>
  );
}

const densities: readonly { value: Density; label: string }[] = [
  { value: "comfortable", label: "Comfortable" },
  { value: "compact", label: "Compact" },
];

function DensityChoice({ density, onChange }: { density: Density; onChange: (density: Density) => void }) {
  const name = useId();
  return (
    <fieldset className="mt-3 border-t border-line pt-2.5">
      <legend className="sr-only">Density</legend>
      <div className="flex gap-4">
        {densities.map(({ value, label }) => (
          <label key={value} className="flex min-h-6 items-center gap-1.5">
            <input
              type="radio"
              name={name}
              checked={density === value}
              onChange={() => onChange(value)}
              className="size-4 accent-accent"
            />
            {label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
