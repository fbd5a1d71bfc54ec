import { createHash } from "node:crypto";

/** Draws from [0, 1). */
export type Random = () => number;

const BASE_S = 5;
const CAP_S = 900;
/** An answer nobody signed must not be able to silence an agent for long. */
const MAX_RETRY_AFTER_S = 3600;

/**
 * Seconds to wait after the n-th failure in a row (from 0): full jitter up to the cap, and past it the cap plus jitter.
 * Never clamped after the jitter, or every agent of a fleet would end up at the cap together.
 */
export function backoffS(failures: number, random: Random = Math.random, capS = CAP_S): number {
  const ceiling = BASE_S * 2 ** Math.min(failures, 30);
  return ceiling < capS ? random() * ceiling : capS + random() * capS;
}

/** The longer of what the server asked for and the backoff, in seconds. */
export function retryS(failures: number, retryAfterS: number | undefined, random: Random = Math.random): number {
  return Math.max(Math.min(retryAfterS ?? 0, MAX_RETRY_AFTER_S), backoffS(failures, random));
}

/** Waiting for approval: 60 s at first, doubling to 15 min, a tenth of it at random. */
export function approvalPollS(polls: number, random: Random = Math.random): number {
  return Math.min(CAP_S, 60 * 2 ** Math.min(polls, 10)) * (0.95 + 0.1 * random());
}

/** A device's place in the interval, in seconds: the same always, and spread evenly over a fleet. */
export function phaseS(deviceId: string, intervalS: number): number {
  return createHash("sha256").update(deviceId).digest().readUInt32BE(0) % intervalS;
}

export interface Schedule {
  readonly deviceId: string;
  readonly intervalS: number;
  readonly jitterPct: number;
}

/** Seconds until the device's next place in the interval, give or take the jitter; at least a quarter interval. */
export function nextPollS(schedule: Schedule, nowS: number, random: Random = Math.random): number {
  const { deviceId, intervalS, jitterPct } = schedule;
  const sincePlace = (((nowS - phaseS(deviceId, intervalS)) % intervalS) + intervalS) % intervalS;
  const untilPlace = intervalS - sincePlace;
  const jitterS = (random() - 0.5) * 2 * intervalS * (jitterPct / 100);
  const waitS = untilPlace + jitterS;
  return waitS < intervalS / 4 ? waitS + intervalS : waitS;
}
