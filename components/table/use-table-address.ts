"use client";

import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useCallback, useMemo, useTransition } from "react";
import { addressWith, type TableFilter } from "./table-address";

/** Reads and changes the address, which is the truth about what a list shows. */
export function useTableAddress() {
  const path = usePathname();
  const search = useSearchParams();
  const router = useRouter();
  const [isLoading, startLoading] = useTransition();
  const address = useCallback(
    (changes: TableFilter) => addressWith(path, new URLSearchParams(search), changes),
    [path, search],
  );
  /** Typing replaces the address; choosing adds a step to the history. */
  const go = useCallback(
    (changes: TableFilter, how: "push" | "replace" = "push") => {
      startLoading(() => router[how](address(changes), { scroll: false }));
    },
    [address, router],
  );
  return useMemo(() => ({ address, go, isLoading, key: search.toString() }), [address, go, isLoading, search]);
}

export type TableAddress = ReturnType<typeof useTableAddress>;
