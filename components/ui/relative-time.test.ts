import { describe, expect, test } from "vitest";
import { relativeTime } from "./relative-time";

const now = Date.parse("2026-03-01T12:00:00Z");
const ago = (ms: number) => relativeTime(now - ms, now, "en-GB");

describe("relativeTime", () => {
  test.each([
    [0, "just now"],
    [59_999, "just now"],
    [60_000, "1 minute ago"],
    [59 * 60_000, "59 minutes ago"],
    [3_600_000, "1 hour ago"],
    [24 * 3_600_000, "yesterday"],
    [29 * 24 * 3_600_000, "29 days ago"],
    [31 * 24 * 3_600_000, "last month"],
    [800 * 24 * 3_600_000, "2 years ago"],
  ])("%i ms ago reads %s", (ms, text) => {
    expect(ago(ms)).toBe(text);
  });

  test("the future is said as such", () => {
    expect(ago(-1)).toBe("in less than a minute");
    expect(ago(-3 * 24 * 3_600_000)).toBe("in 3 days");
  });
});
