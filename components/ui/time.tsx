"use client";

import { relativeTime } from "./relative-time";
import { useTime } from "./time-context";
import { momentFormat } from "./time-formats";

interface TimeProps {
  /** `null` means it never happened; so does 1970. */
  value: Date | string | null | undefined;
  never?: string;
  /** Relative with the absolute time as title, or the other way round. */
  format?: "relative" | "absolute";
}

/** A moment, in the reader's language and zone. */
export function Time({ value, never = "Never", format = "relative" }: TimeProps) {
  const { now, isHydrated, locale, timeZone } = useTime();
  const at = value ? new Date(value) : null;
  if (!at || !(at.getTime() > 0)) return <span className="text-muted">{never}</span>;
  // The browser's zone is not known on the server: both start from UTC.
  const absolute = momentFormat(locale, timeZone ?? (isHydrated ? undefined : "UTC")).format(at);
  // What has just happened is not in the future because the last tick was a while ago.
  const relative = relativeTime(at.getTime(), isHydrated ? Math.max(now, Date.now()) : now, locale);
  return (
    <time
      dateTime={at.toISOString()}
      title={format === "relative" ? absolute : relative}
      // Node and the browser may differ in how they write the same moment.
      suppressHydrationWarning
    >
      {format === "relative" ? relative : absolute}
    </time>
  );
}
