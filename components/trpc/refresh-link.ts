"use client";

import type { TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { problemOf } from "@/components/form/problem";
import { repeatLink } from "./repeat-link";
import { goToSignIn, refreshSession } from "./session-refresh";

const ENDED = new Set(["session-ended", "unauthenticated"]);

async function recovers(error: unknown, sentAt: number): Promise<boolean> {
  const { code } = problemOf(error);
  if (ENDED.has(code)) goToSignIn();
  if (code !== "session-refresh") return false;
  const outcome = await refreshSession(sentAt);
  if (outcome === "gone") goToSignIn();
  return outcome === "refreshed";
}

/** Renews an expired access token and repeats the call once; without a session, goes to sign in. */
export const refreshLink = <Router extends AnyTRPCRouter>(): TRPCLink<Router> => repeatLink(recovers);
