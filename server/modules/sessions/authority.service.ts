import { log } from "@/server/core/log";
import { confirmGenerations } from "./authority.repo";

// What the session engine asks before there is a caller: these carry no permission, because they decide who asks.
export {
  type AuthorityRow,
  findAuthority,
  findRefreshState,
  type RefreshState,
  rotateGeneration,
} from "./authority.repo";
export { type Credentials, type SignInBudgets, type TakenSignIn, takeSignIn } from "./sign-in-authority.repo";

const CONFIRM_EVERY_MS = 1000;
const unconfirmed = new Map<string, number>();
let isScheduled = false;

async function flushConfirmed(): Promise<void> {
  isScheduled = false;
  const generations = new Map(unconfirmed);
  unconfirmed.clear();
  await confirmGenerations(generations);
}

/** Notes that a token of this generation was used; written in batches, off the request's path. */
export function confirmGeneration(sessionId: string, generation: number): void {
  unconfirmed.set(sessionId, generation);
  if (isScheduled) return;
  isScheduled = true;
  const flush = () =>
    flushConfirmed().catch((error: unknown) => log.warn({ err: error }, "Generations could not be confirmed"));
  setTimeout(flush, CONFIRM_EVERY_MS).unref();
}
