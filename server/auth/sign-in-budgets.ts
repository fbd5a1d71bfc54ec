import type { Attempt, AttemptBudget } from "@/server/core/attempts";
import { sha256Hex } from "@/server/core/crypto";
import { neighbourhood, ownAddress } from "@/server/http/client-network";

const DAY_S = 24 * 3600;
const backoff = { firstS: 60, longestS: 900 };

/** Per name that is typed, whether or not it is anybody's. A user has two, name and address: each has its own. */
const ACCOUNT: AttemptBudget = { name: "sign-in-account", free: 5, windowS: DAY_S, backoff };
/** For a browser the user was in before. The only one that counts there, so that strangers cannot lock the owner out. */
const KNOWN_DEVICE: AttemptBudget = { name: "sign-in-device", free: 10, windowS: DAY_S, backoff };
/** More than hash at a time and wait for it, so that an office that signs in at nine is not refused for its number. */
const ADDRESS: AttemptBudget = { name: "sign-in-address", free: 100, windowS: 600 };
const NETWORK: AttemptBudget = { name: "sign-in-network", free: 300, windowS: 600 };
const EVERYONE: AttemptBudget = { name: "sign-in-everyone", free: 3000, windowS: 600 };

interface Attempted {
  /** The name that was typed, as names are compared. */
  name: string;
  ip: string | null;
  /** Set when the user signed in with this browser before. */
  knownDevice: { userId: string; deviceHash: string } | undefined;
}

/** The budgets a guess of a password counts in. */
export function attemptsOf({ name, ip, knownDevice }: Attempted): Attempt[] {
  if (knownDevice) {
    return [{ budget: KNOWN_DEVICE, key: sha256Hex(`${knownDevice.userId} ${knownDevice.deviceHash}`) }];
  }
  return [
    // People type passwords into the wrong field: what was typed is not kept.
    { budget: ACCOUNT, key: sha256Hex(name) },
    { budget: ADDRESS, key: ownAddress(ip) },
    { budget: NETWORK, key: neighbourhood(ip) },
    { budget: EVERYONE, key: "all" },
  ];
}

/** A right password clears its own account's past; what others at the same address did stays. */
export const isClearedBySuccess = (budget: AttemptBudget): boolean => budget.backoff !== undefined;
