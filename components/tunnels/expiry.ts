const DAY_MS = 86_400_000;

interface Ends {
  notAfter: Date | string | null;
  deviceExpiresAt: Date | string | null;
}

/** When a tunnel ends by itself, and whether its device's end is what ends it. */
export function endOf({ notAfter, deviceExpiresAt }: Ends): { at: Date | null; isDevices: boolean } {
  const [own, devices] = [notAfter && new Date(notAfter), deviceExpiresAt && new Date(deviceExpiresAt)];
  const isDevices = Boolean(devices && (!own || devices <= own));
  return { at: (isDevices ? devices : own) || null, isDevices };
}

/** How loudly to say that something ends: from a week before, and from a day before. Times in milliseconds since 1970. */
export function expiryTone(at: number | null, now: number): "warning" | "danger" | undefined {
  if (at === null || at - now > 7 * DAY_MS) return undefined;
  return at - now > DAY_MS ? "warning" : "danger";
}
