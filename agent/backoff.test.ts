import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { approvalPollS, backoffS, nextPollS, phaseS, retryS } from "@/agent/backoff";
import { createClock } from "@/agent/clock";

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("backoff", () => {
  it("lies between nothing and 5·2ⁿ seconds, and past 15 minutes between 15 and 30", () => {
    fc.assert(
      fc.property(fc.nat(60), unit, (failures, draw) => {
        const seconds = backoffS(failures, () => draw);
        const ceiling = 5 * 2 ** failures;
        if (ceiling < 900) expect(seconds >= 0 && seconds <= ceiling).toBe(true);
        else expect(seconds >= 900 && seconds <= 1800).toBe(true);
      }),
    );
  });

  it("is never the same for all of a fleet: no draw is clamped to a common value", () => {
    for (const failures of [0, 3, 7, 8, 20]) {
      const values = new Set([0.1, 0.2, 0.5, 0.9].map((draw) => backoffS(failures, () => draw)));
      expect(values.size).toBe(4);
    }
  });

  it("waits at least as long as the server asked, up to an hour", () => {
    expect(retryS(0, 120, () => 0)).toBe(120);
    expect(retryS(0, 1e9, () => 0)).toBe(3600);
    expect(retryS(3, undefined, () => 0.5)).toBe(20);
  });

  it("polls for approval from one minute up to a quarter of an hour", () => {
    expect([0, 1, 2, 3, 4, 99].map((polls) => approvalPollS(polls, () => 0.5))).toEqual([60, 120, 240, 480, 900, 900]);
  });
});

describe("the schedule", () => {
  it("gives a device the same place in the interval always, and a fleet all of them", () => {
    expect(phaseS("a", 60)).toBe(phaseS("a", 60));
    const places = new Set(Array.from({ length: 2000 }, (_, index) => phaseS(`device ${index}`, 60)));
    expect(places.size).toBe(60);
  });

  it("meets that place within the jitter, and never comes sooner than a quarter interval", () => {
    const circumstances = fc.record({
      deviceId: fc.uuid(),
      intervalS: fc.integer({ min: 15, max: 86_400 }),
      nowS: fc.nat(2 ** 31),
      draw: unit,
    });
    fc.assert(
      fc.property(circumstances, ({ deviceId, intervalS, nowS, draw }) => {
        const waitS = nextPollS({ deviceId, intervalS, jitterPct: 10 }, nowS, () => draw);
        expect(waitS).toBeGreaterThanOrEqual(intervalS / 4);
        expect(waitS).toBeLessThanOrEqual(intervalS * 1.35);
        const offPlace = (((nowS + waitS - phaseS(deviceId, intervalS)) % intervalS) + intervalS) % intervalS;
        expect(Math.min(offPlace, intervalS - offPlace)).toBeLessThanOrEqual(intervalS * 0.1 + 1e-6);
      }),
    );
  });
});

describe("the clock", () => {
  it("is the system's plus the offset kept, until it is adjusted", () => {
    expect(createClock(7, { wallMs: () => 100_000, monotonicMs: () => 0 }).nowS()).toBe(107);
  });

  it("runs on monotonic time after an adjustment, whatever happens to the system's", () => {
    let [wallMs, monotonicMs] = [100_000, 5000];
    const clock = createClock(0, { wallMs: () => wallMs, monotonicMs: () => monotonicMs });
    clock.adjust(500);
    expect([clock.nowS(), clock.offsetS]).toEqual([500, 400]);
    monotonicMs += 30_000;
    wallMs += 430_000;
    expect(clock.nowS()).toBe(530);
    clock.adjust(531);
    expect(clock.offsetS).toBe(1);
  });
});
