"use client";

import { usePathname } from "next/navigation";
import { useEffect, useRef } from "react";

/**
 * After going to another page, gives the focus to its content when the link that led there is gone. Next.js announces
 * the page's title itself, so that every page has to have one.
 */
export function RouteFocus() {
  const path = usePathname();
  const previous = useRef(path);
  useEffect(() => {
    if (previous.current === path) return;
    previous.current = path;
    if (document.activeElement === document.body) document.getElementById("content")?.focus({ preventScroll: true });
  }, [path]);
  return null;
}
