"use client";

import { useCallback, useMemo, useSyncExternalStore } from "react";
import { z } from "zod";

export type Density = "comfortable" | "compact";

const TableSettings = z.object({
  density: z.enum(["comfortable", "compact"]).catch("comfortable"),
  /** Column id → shown. Columns that are not named follow their own default. */
  visibility: z.record(z.string(), z.boolean()).catch({}),
  order: z.array(z.string()).catch([]),
});
export type TableSettings = z.infer<typeof TableSettings>;

const CHANGED = "kw-table-settings";
const keyOf = (id: string) => `kw-table:${id}`;

function subscribe(listener: () => void): () => void {
  window.addEventListener("storage", listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener("storage", listener);
    window.removeEventListener(CHANGED, listener);
  };
}

function read(id: string): string {
  try {
    return localStorage.getItem(keyOf(id)) ?? "{}";
  } catch {
    return "{}";
  }
}

function parse(text: string): TableSettings {
  try {
    return TableSettings.parse(JSON.parse(text));
  } catch {
    return TableSettings.parse({});
  }
}

/** How the person wants this table, kept in the browser per table. */
export function useTableSettings(id: string) {
  const text = useSyncExternalStore(
    subscribe,
    () => read(id),
    () => "{}",
  );
  const settings = useMemo(() => parse(text), [text]);
  const change = useCallback(
    (changes: Partial<TableSettings>) => {
      try {
        localStorage.setItem(keyOf(id), JSON.stringify({ ...parse(read(id)), ...changes }));
      } catch {
        // Storage is off or full: the table stays as it is.
      }
      window.dispatchEvent(new Event(CHANGED));
    },
    [id],
  );
  return { settings, change };
}
