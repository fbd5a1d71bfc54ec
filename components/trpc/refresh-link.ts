"use client";

import type { TRPCClientError, TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observable, type Unsubscribable } from "@trpc/server/observable";
import { problemOf } from "@/components/form/problem";
import { goToSignIn, refreshSession } from "./session-refresh";

const ENDED = new Set(["session-ended", "unauthenticated"]);

/** Whether the call is worth repeating. A refused call did nothing, so that repeating a mutation is safe. */
async function recovers(error: unknown, sentAt: number): Promise<boolean> {
  const { code } = problemOf(error);
  if (ENDED.has(code)) goToSignIn();
  if (code !== "session-refresh") return false;
  const outcome = await refreshSession(sentAt);
  if (outcome === "gone") goToSignIn();
  return outcome === "refreshed";
}

/** Renews an expired access token and repeats the call once; without a session, goes to sign in. */
export function refreshLink<Router extends AnyTRPCRouter>(): TRPCLink<Router> {
  return () =>
    ({ next, op }) =>
      observable((observer) => {
        let current: Unsubscribable | undefined;
        let isClosed = false;
        const attempt = (onError: (error: TRPCClientError<Router>) => void) => {
          current = next(op).subscribe({
            next: (value) => observer.next(value),
            complete: () => observer.complete(),
            error: onError,
          });
        };
        const sentAt = Date.now();
        attempt(async (error) => {
          const isWorthRepeating = await recovers(error, sentAt);
          if (isClosed) return;
          if (isWorthRepeating) attempt((again) => observer.error(again));
          else observer.error(error);
        });
        return () => {
          isClosed = true;
          current?.unsubscribe();
        };
      });
}
