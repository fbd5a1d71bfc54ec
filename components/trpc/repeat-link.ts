"use client";

import type { TRPCClientError, TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observable, type Unsubscribable } from "@trpc/server/observable";

/**
 * Repeats a refused call once when `recovers` could do something about the refusal. A refused call did nothing, so that
 * repeating a mutation is safe.
 */
export function repeatLink<Router extends AnyTRPCRouter>(
  recovers: (error: unknown, sentAt: number) => Promise<boolean>,
): TRPCLink<Router> {
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
