const DAY_MS = 86_400_000;

/** How loudly to say that something ends: from a week before, and from a day before. Times in milliseconds since 1970. */
export function expiryTone(at: number | null, now: number): "warning" | "danger" | undefined {
  if (at === null || at - now > 7 * DAY_MS) return undefined;
  return at - now > DAY_MS ? "warning" : "danger";
}
