import { expect, test } from "vitest";
import { endOf, expiryTone } from "./expiry";

const HOUR_MS = 3_600_000;
const now = Date.UTC(2026, 2, 1);
const inHours = (hours: number) => expiryTone(now + hours * HOUR_MS, now);

test("an end is said from a week before, and as urgent from a day before", () => {
  expect([200, 169, 168, 25, 24, 0, -1].map(inHours)).toEqual([
    undefined,
    undefined,
    "warning",
    "warning",
    "danger",
    "danger",
    "danger",
  ]);
  expect(expiryTone(null, now)).toBeUndefined();
});

test("a tunnel ends with its device, unless it ends before", () => {
  const [sooner, later] = [new Date(now), new Date(now + HOUR_MS)];
  expect(endOf({ notAfter: null, deviceExpiresAt: null })).toEqual({ at: null, isDevices: false });
  expect(endOf({ notAfter: sooner, deviceExpiresAt: null })).toEqual({ at: sooner, isDevices: false });
  expect(endOf({ notAfter: sooner, deviceExpiresAt: later })).toEqual({ at: sooner, isDevices: false });
  expect(endOf({ notAfter: later, deviceExpiresAt: sooner })).toEqual({ at: sooner, isDevices: true });
  expect(endOf({ notAfter: null, deviceExpiresAt: sooner.toISOString() })).toEqual({ at: sooner, isDevices: true });
});
