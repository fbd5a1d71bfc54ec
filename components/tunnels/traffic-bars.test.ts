import fc from "fast-check";
import { expect, it } from "vitest";
import { trafficBars } from "./traffic-bars";

const now = new Date("2026-06-01T12:34:00Z");
const resolutions = ["minute", "hour", "day"] as const;

it("ends with the bar of now, and has one for every stretch of time before", () => {
  expect(
    resolutions.map((resolution) => {
      const bars = trafficBars([], resolution, now);
      return [bars.length, bars[0]?.at.toISOString(), bars.at(-1)?.at.toISOString()];
    }),
  ).toEqual([
    [144, "2026-05-31T12:40:00.000Z", "2026-06-01T12:30:00.000Z"],
    [248, "2026-03-31T18:00:00.000Z", "2026-06-01T12:00:00.000Z"],
    [366, "2025-06-01T00:00:00.000Z", "2026-06-01T00:00:00.000Z"],
  ]);
});

it("loses no byte of the time it tells, and adds none", () => {
  const minutes = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 23 * 60 }).map((ago) => new Date(now.getTime() - ago * 60_000)),
      rxBytes: fc.nat(),
      txBytes: fc.nat(),
    }),
  );
  const sum = (parts: readonly { rxBytes: number; txBytes: number }[]) =>
    parts.reduce((total, { rxBytes, txBytes }) => [(total[0] ?? 0) + rxBytes, (total[1] ?? 0) + txBytes], [0, 0]);
  fc.assert(
    fc.property(minutes, fc.constantFrom(...resolutions), (traffic, resolution) => {
      expect(sum(trafficBars(traffic, resolution, now))).toEqual(sum(traffic));
    }),
  );
});
