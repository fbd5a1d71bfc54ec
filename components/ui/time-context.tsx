"use client";

import { createContext, type ReactNode, useContext, useSyncExternalStore } from "react";

interface TimeSettings {
  /** When the server rendered, in milliseconds since 1970; hydration starts from the same moment. */
  renderedAt: number;
  locale: string;
  /** IANA name; the browser's own zone when the person chose none. */
  timeZone?: string;
}

const TimeContext = createContext<TimeSettings | null>(null);

/** How times are written below: the language and zone of the person, and the server's clock for hydration. */
export function TimeProvider({ children, ...settings }: TimeSettings & { children: ReactNode }) {
  return <TimeContext value={settings}>{children}</TimeContext>;
}

const TICK_MS = 30_000;
const listeners = new Set<() => void>();
let ticker: ReturnType<typeof setInterval> | undefined;
let current = 0;

/** One timer for every time on the page, running only while one is shown. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  ticker ??= setInterval(() => {
    current = Date.now();
    for (const notify of listeners) notify();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(ticker);
    ticker = undefined;
    current = 0;
  };
}

function clientNow(): number {
  current ||= Date.now();
  return current;
}

/**
 * The settings, and the present to within 30 s; equal on the server and during hydration.
 * @throws {Error} outside of a {@link TimeProvider}
 */
export function useTime(): TimeSettings & { now: number; isHydrated: boolean } {
  const settings = useContext(TimeContext);
  if (!settings) throw new Error("Times need a TimeProvider above them");
  const now = useSyncExternalStore(subscribe, clientNow, () => settings.renderedAt);
  return { ...settings, now, isHydrated: now !== settings.renderedAt };
}
