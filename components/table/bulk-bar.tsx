"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { selectionFilter, type TableFilter } from "./table-address";
import type { BulkAction, BulkSelection, TableInstance, TableRow } from "./table-model";

interface BulkBarProps<Row extends TableRow> {
  label: string;
  table: TableInstance<Row>;
  filter: TableFilter;
  total: number;
  totalIsExact: boolean;
  isFiltered: boolean;
  bulkActions: readonly BulkAction[];
  onClear: () => void;
}

/** What to do with the chosen rows, or with all that match; in sight for as long as something is chosen. */
export function BulkBar<Row extends TableRow>(props: BulkBarProps<Row>) {
  const { table, label, filter, total, onClear } = props;
  const ids = table.getSelectedRowIds();
  const isPageChosen = table.getIsAllRowsSelected();
  // "All" holds only while the whole page is chosen: taking one row out takes it back.
  const [wantsAll, setWantsAll] = useState(false);
  const isAll = wantsAll && isPageChosen;
  const count = isAll ? total : ids.length;
  const selection: BulkSelection = isAll ? { filter: selectionFilter(filter), expectedCount: total } : { ids };
  const clear = () => {
    setWantsAll(false);
    onClear();
  };
  return (
    <div className="sticky bottom-3 z-20">
      <p role="status" className="sr-only">
        {count > 0 ? `${count.toLocaleString("en-GB")} selected` : ""}
      </p>
      {ids.length > 0 ? (
        <div className="popup mx-auto flex w-fit max-w-full flex-wrap items-center gap-2 px-3 py-2">
          <span className="font-medium">
            {isAll ? "All " : ""}
            {count.toLocaleString("en-GB")} selected
          </span>
          {isPageChosen && !isAll && total > ids.length ? (
            <Button
              size="small"
              variant="ghost"
              onClick={() => setWantsAll(true)}
              disabledReason={reasonAgainstAll(props)}
            >
              Select all {total.toLocaleString("en-GB")} matching {label.toLowerCase()}
            </Button>
          ) : null}
          {props.bulkActions.map((action) => (
            <BulkButton key={action.key} action={action} selection={selection} count={count} onDone={clear} />
          ))}
          <Button size="small" variant="ghost" onClick={clear}>
            Clear
          </Button>
        </div>
      ) : null}
    </div>
  );
}

/** Acting on "everything" by an empty filter is a mistake more often than a wish. */
function reasonAgainstAll({
  isFiltered,
  totalIsExact,
  label,
}: Pick<BulkBarProps<TableRow>, "isFiltered" | "totalIsExact" | "label">) {
  if (!isFiltered) return `Search or filter first: all ${label.toLowerCase()} at once are never a selection`;
  return totalIsExact ? null : "There are more than were counted: narrow the filter";
}

interface BulkButtonProps {
  action: BulkAction;
  selection: BulkSelection;
  count: number;
  onDone: () => void;
}

function BulkButton({ action, selection, count, onDone }: BulkButtonProps) {
  const [isBusy, setIsBusy] = useState(false);
  const run = async () => {
    setIsBusy(true);
    try {
      if (await action.run(selection, count)) onDone();
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Button
      size="small"
      variant={action.isDanger ? "danger" : "secondary"}
      icon={action.icon}
      isBusy={isBusy}
      disabledReason={action.disabledReason}
      onClick={run}
    >
      {action.label}
    </Button>
  );
}
