"use client";

import { Badge } from "@/components/ui/badge";
import { relativeTime } from "@/components/ui/relative-time";
import { useTime } from "@/components/ui/time-context";
import { expiryTone } from "./expiry";

/** That a tunnel or a device ends within a week, or within a day, or has; nothing before that. */
export function ExpiryBadge({ notAfter }: { notAfter: Date | string | null }) {
  const { now, locale } = useTime();
  const at = notAfter === null ? null : new Date(notAfter).getTime();
  const tone = expiryTone(at, now);
  if (at === null || !tone) return null;
  return (
    <span suppressHydrationWarning className="inline-flex">
      <Badge tone={tone}>{at > now ? `Ends ${relativeTime(at, now, locale)}` : "Expired"}</Badge>
    </span>
  );
}
