import { expect, test } from "vitest";
import { expiryTone } from "./expiry";

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
