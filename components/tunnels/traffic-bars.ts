import { type Traffic, type TrafficResolution, trafficSpans } from "@/server/modules/tunnels/schema";

export interface TrafficBar {
  at: Date;
  rxBytes: number;
  txBytes: number;
}

const HOUR_MS = 3_600_000;

/** How much time one bar tells: so many bars of it fit on a telephone. */
const stepsMs: Readonly<Record<TrafficResolution, number>> = {
  minute: HOUR_MS / 6,
  hour: 6 * HOUR_MS,
  day: 24 * HOUR_MS,
};

/** Traffic in bars of the same length up to now, those without any included. */
export function trafficBars(traffic: Traffic, resolution: TrafficResolution, now: Date): TrafficBar[] {
  const stepMs = stepsMs[resolution];
  const count = (trafficSpans[resolution] * HOUR_MS) / stepMs;
  const first = Math.floor(now.getTime() / stepMs) - count + 1;
  const bars = Array.from({ length: count }, (_, at) => ({
    at: new Date((first + at) * stepMs),
    rxBytes: 0,
    txBytes: 0,
  }));
  for (const { at, rxBytes, txBytes } of traffic) {
    const bar = bars[Math.floor(at.getTime() / stepMs) - first];
    if (!bar) continue;
    bar.rxBytes += rxBytes;
    bar.txBytes += txBytes;
  }
  return bars;
}
