"use client";

import { useSyncExternalStore } from "react";
import { chooseTheme, type Theme, themeFrom } from "./theme";

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}

/** The theme the page wears, and how to change it. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore(
    subscribe,
    () => themeFrom(document.documentElement.dataset.theme),
    (): Theme => "system",
  );
  return [theme, chooseTheme];
}
