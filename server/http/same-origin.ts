import { env } from "@/server/core/env";
import { AppError } from "@/server/core/errors";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

function isSameOrigin(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site");
  if (site) return site === "same-origin";
  const origin = headers.get("origin");
  if (origin) return origin === new URL(env().KEYWARD_URL).origin;
  // Not a browser that could be led astray by another site, which could not set this header without a preflight.
  return headers.get("x-csrf") === "1";
}

/** Refuses a state-changing request that another site could have caused. @throws {AppError} cross-site */
export function requireSameOrigin(request: Request): void {
  if (SAFE_METHODS.has(request.method) || isSameOrigin(request.headers)) return;
  throw new AppError("cross-site", "The request did not come from Keyward's own pages, so it was refused.");
}

/** Refuses bodies that a browser may send to another site without asking first. @throws {AppError} unsupported-media-type */
export function requireJson(request: Request): void {
  if (SAFE_METHODS.has(request.method)) return;
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new AppError("unsupported-media-type", "Send application/json.");
}
