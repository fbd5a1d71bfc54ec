"use client";

const REFRESHED_AT = "kw-refreshed-at";
const LOCK = "kw-session-refresh";

/** "gone": there is no session any more. "unavailable": nobody knows, the cookies stand. */
export type RefreshOutcome = "refreshed" | "gone" | "unavailable";

function refreshedAt(): number {
  try {
    return Number(localStorage.getItem(REFRESHED_AT) ?? 0);
  } catch {
    return 0;
  }
}

function noteRefresh(): void {
  try {
    localStorage.setItem(REFRESHED_AT, Date.now().toString());
  } catch {
    // Without storage, tabs refresh one after the other; the server answers all of them alike.
  }
}

async function postRefresh(): Promise<RefreshOutcome> {
  try {
    const response = await fetch("/api/auth/refresh", {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf": "1" },
      body: "{}",
    });
    if (response.ok) {
      noteRefresh();
      return "refreshed";
    }
    return response.status === 401 ? "gone" : "unavailable";
  } catch {
    return "unavailable";
  }
}

async function exclusively(sentAt: number): Promise<RefreshOutcome> {
  const refresh = async () => (refreshedAt() >= sentAt ? "refreshed" : postRefresh());
  // Locks exist on HTTPS and localhost only.
  return "locks" in navigator ? navigator.locks.request(LOCK, refresh) : refresh();
}

let flight: Promise<RefreshOutcome> | undefined;

/**
 * Renews the session's cookies for a call sent at `sentAt` (milliseconds since 1970): once at a time in this tab, in
 * turn with the other tabs, and not at all when one of them has done so since.
 */
export function refreshSession(sentAt: number): Promise<RefreshOutcome> {
  flight ??= exclusively(sentAt).finally(() => {
    flight = undefined;
  });
  return flight;
}

/** Leaves for the sign-in page, which leads back here. */
export function goToSignIn(): void {
  const { pathname, search } = window.location;
  if (pathname === "/sign-in") return;
  window.location.assign(`/sign-in?next=${encodeURIComponent(pathname + search)}`);
}
