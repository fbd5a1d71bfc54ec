import type { Session } from "@/server/modules/sessions/schema";

type Described = Pick<Session, "deviceBrowser" | "deviceOs" | "ipAddress" | "city" | "country">;

/** "Chrome 143 on Linux": what people recognise a session by. */
export function sessionDevice({ deviceBrowser, deviceOs }: Described): string {
  if (!deviceBrowser && !deviceOs) return "Unknown device";
  return [deviceBrowser ?? "Unknown browser", deviceOs].filter(Boolean).join(" on ");
}

/** "Berlin, DE · 203.0.113.7", as far as it is known. */
export function sessionPlace({ city, country, ipAddress }: Described): string {
  const place = [city, country].filter(Boolean).join(", ");
  return [place, ipAddress].filter(Boolean).join(" · ") || "Unknown place";
}

const reasons: Readonly<Record<string, string>> = {
  logout: "signed out",
  logout_all: "signed out everywhere",
  admin: "ended by an administrator",
  password: "password changed",
  mfa_change: "second factor changed",
  user_disabled: "user suspended",
  user_deleted: "user deactivated",
  reuse: "used token came back",
  limit: "too many sessions",
  risk: "looked risky",
  impersonation_end: "impersonation ended",
  replaced: "signed in again in the same browser",
};

/** Why a session was revoked, in words. */
export const revokeReasonText = (reason: string | null): string => reasons[reason ?? ""] ?? "ended";
