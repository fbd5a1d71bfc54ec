"use client";

import { createTRPCClient, httpBatchLink, httpLink, splitLink } from "@trpc/client";
import type { AppRouter } from "@/server/trpc/app";
import { refreshLink } from "./refresh-link";
import { stepUpLink } from "./step-up-link";

const address = { url: "/api/trpc", headers: { "x-csrf": "1" } };

/** For a query whose input may be too long for an address: `trpc.a.b.query(input, POSTED)`. */
export const POSTED = { context: { isPosted: true } };

/**
 * The typed API for the browser; what changed is shown by `router.refresh()` (see `useAction`).
 * Times arrive as ISO text, not as `Date`.
 */
export const trpc = createTRPCClient<AppRouter>({
  links: [
    stepUpLink(),
    refreshLink(),
    splitLink({
      condition: ({ context }) => context.isPosted === true,
      true: httpLink({ ...address, methodOverride: "POST" }),
      false: httpBatchLink({ ...address, maxItems: 10 }),
    }),
  ],
});
