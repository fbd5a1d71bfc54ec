import type { AttemptBudget } from "@/server/core/attempts";
import { neighbourhood, ownAddress } from "@/server/http/client-network";
import type { SignInBudgets } from "@/server/modules/sessions/authority.service";

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

/**
 * The budgets a guess of a password counts in: a known browser's alone, or all but that. Whose the first two are is found
 * out in the statement that takes the attempt. People type passwords into the wrong field: of what was typed as a name
 * it keeps a hash.
 */
export function budgetsOf(ip: string | null): SignInBudgets {
  return {
    ofDevice: { budget: KNOWN_DEVICE, key: "" },
    ofName: { budget: ACCOUNT, key: "" },
    others: [
      { budget: ADDRESS, key: ownAddress(ip) },
      { budget: NETWORK, key: neighbourhood(ip) },
      { budget: EVERYONE, key: "all" },
    ],
  };
}

/** A right password clears its own account's past; what others at the same address did stays. */
export const isClearedBySuccess = (budget: AttemptBudget): boolean => budget.backoff !== undefined;
