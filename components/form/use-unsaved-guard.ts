"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";
import { useConfirm } from "@/components/ui/confirm";

/** The link of this site a plain click would follow in this tab, if any. */
function followedLink(event: MouseEvent): URL | null {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return null;
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.download || (link.target && link.target !== "_self")) return null;
  const url = new URL(link.href);
  if (url.origin !== location.origin) return null;
  return url.pathname === location.pathname && url.search === location.search ? null : url;
}

/** While active, closing the tab and following a link ask first. */
export function useUnsavedGuard(isActive: boolean): void {
  const router = useRouter();
  const confirm = useConfirm();
  useEffect(() => {
    if (!isActive) return;
    const leave = (event: BeforeUnloadEvent) => event.preventDefault();
    const follow = async (event: MouseEvent) => {
      const url = followedLink(event);
      if (!url) return;
      event.preventDefault();
      event.stopPropagation();
      const isConfirmed = await confirm({
        title: "Leave without saving?",
        impact: "The changes on this page are not saved and will be lost.",
        confirmLabel: "Leave page",
        cancelLabel: "Stay",
      });
      if (isConfirmed) router.push(url.pathname + url.search + url.hash);
    };
    window.addEventListener("beforeunload", leave);
    // In the capture phase, before the router's own handler.
    document.addEventListener("click", follow, true);
    return () => {
      window.removeEventListener("beforeunload", leave);
      document.removeEventListener("click", follow, true);
    };
  }, [isActive, router, confirm]);
}
