"use client";

import { useEffect, useState } from "react";

/**
 * The secret of a one-time link, from the address's fragment, which browsers send to no server. It is taken off the
 * address at once, so that it stays out of the history.
 * @returns `undefined` until the page runs in the browser, `null` when the link carries none
 */
export function useLinkSecret(): string | null | undefined {
  const [secret, setSecret] = useState<string | null>();
  useEffect(() => {
    const { hash, pathname, search } = window.location;
    if (!hash) return setSecret((known) => known ?? null);
    setSecret(hash.slice(1));
    window.history.replaceState(null, "", pathname + search);
  }, []);
  return secret;
}
