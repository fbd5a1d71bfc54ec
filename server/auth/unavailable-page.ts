import type { AppError } from "@/server/core/errors";

const HTML = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Keyward is unavailable</title><main><h1>Keyward cannot reach its database</h1><p>You are still signed in. Reload this page in a moment.</p></main></html>`;

/** What stands in for every page while the database is away. */
export function unavailablePage({ retryAfterS }: AppError) {
  return {
    body: HTML,
    status: 503,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "retry-after": String(retryAfterS ?? 2),
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    },
  };
}
