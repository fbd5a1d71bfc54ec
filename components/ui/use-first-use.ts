"use client";

import { useLayoutEffect, useState } from "react";

/**
 * For what is not rendered before it is first opened, as a page has many such things and most are never opened:
 * `false` until then, then `"closed"` for the first render, so that it appears as it does every later time, then
 * `"ready"`.
 */
export function useFirstUse(isOpen: boolean): false | "closed" | "ready" {
  const [use, setUse] = useState<false | "closed" | "ready">(false);
  if (isOpen && !use) setUse("closed");
  useLayoutEffect(() => {
    if (use === "closed") setUse("ready");
  }, [use]);
  return use;
}
