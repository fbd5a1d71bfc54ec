import { toAppError } from "@/server/core/errors";
import { localLimiter } from "@/server/core/rate-limit";
import { ownAddress } from "./client-network";

/**
 * Only refusals cost anything: however many devices sit behind one address, those that are let in are counted one by
 * one. Five hundred laptops that all wait for approval ask once a minute; this is six times that.
 */
export const REFUSALS_A_MINUTE = 3_000;
const strangers = localLimiter({ name: "agent-strangers", points: REFUSALS_A_MINUTE, durationS: 60 });

const isTheirs = ({ status }: { status: number }) => status >= 400 && status < 500 && status !== 429;

/**
 * Finds out who asks, unless too many from this address were refused lately: then no body is read and no signature
 * looked at. @throws {AppError} too-many-requests, and whatever `work` throws
 */
export async function gated<T>(ip: string | null, work: () => Promise<T>): Promise<T> {
  const address = ownAddress(ip);
  await strangers.check(address);
  try {
    return await work();
  } catch (thrown) {
    // At the limit the next one is told.
    if (isTheirs(toAppError(thrown))) await strangers.take(address).catch(() => undefined);
    throw thrown;
  }
}

/** For answers that anybody gets, each of which costs a signature. @throws {AppError} too-many-requests */
export async function countStranger(ip: string | null): Promise<void> {
  await strangers.take(ownAddress(ip));
}
