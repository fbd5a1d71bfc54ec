"use client";

import type { TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { problemOf } from "@/components/form/problem";
import { repeatLink } from "./repeat-link";

/** Asks for the password. @returns whether it was given and was right */
type Ask = () => Promise<boolean>;

let ask: Ask | undefined;
let asking: Promise<boolean> | undefined;

/** Says who asks, for as long as the returned function has not been called. */
export function onStepUp(asker: Ask): () => void {
  ask = asker;
  return () => {
    ask = undefined;
  };
}

/** Calls that are refused at the same time wait for the same answer. */
async function recovers(error: unknown): Promise<boolean> {
  if (problemOf(error).code !== "step-up-required" || !ask) return false;
  asking ??= ask().finally(() => {
    asking = undefined;
  });
  return asking;
}

/** Asks for the password when a call demands it, and repeats the call once it was given. */
export const stepUpLink = <Router extends AnyTRPCRouter>(): TRPCLink<Router> => repeatLink(recovers);
