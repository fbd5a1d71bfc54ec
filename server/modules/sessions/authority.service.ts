import { gathered } from "@/server/core/gathered";
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

/** Notes that a token of this generation was used. */
export const confirmGeneration: (sessionId: string, generation: number) => void = gathered({
  what: "generations of sessions",
  write: confirmGenerations,
});
