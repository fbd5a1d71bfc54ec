"use client";

import { createTRPCClient, httpBatchLink } from "@trpc/client";
import type { AppRouter } from "@/server/trpc/app";
import { refreshLink } from "./refresh-link";
import { stepUpLink } from "./step-up-link";

/**
 * The typed API for the browser; what changed is shown by `router.refresh()` (see `useAction`).
 * Times arrive as ISO text, not as `Date`.
 */
export const trpc = createTRPCClient<AppRouter>({
  links: [stepUpLink(), refreshLink(), httpBatchLink({ url: "/api/trpc", maxItems: 10, headers: { "x-csrf": "1" } })],
});
