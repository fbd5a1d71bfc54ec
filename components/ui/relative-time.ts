import { relativeFormat } from "./time-formats";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const units = [
  { unit: "minute", ms: MINUTE_MS, until: HOUR_MS },
  { unit: "hour", ms: HOUR_MS, until: DAY_MS },
  { unit: "day", ms: DAY_MS, until: 30 * DAY_MS },
  { unit: "month", ms: 30 * DAY_MS, until: 365 * DAY_MS },
  { unit: "year", ms: 365 * DAY_MS, until: Number.POSITIVE_INFINITY },
] as const;

/** "5 minutes ago", "in 3 days", and "just now" under a minute either way. Times in milliseconds since 1970. */
export function relativeTime(at: number, now: number, locale: string): string {
  const distance = at - now;
  const size = Math.abs(distance);
  if (size < MINUTE_MS) return distance > 0 ? "in less than a minute" : "just now";
  const { unit, ms } = units.find(({ until }) => size < until) ?? units[4];
  return relativeFormat(locale).format(Math.trunc(distance / ms), unit);
}
