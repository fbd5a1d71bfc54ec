/** How long sessions live; the numbers of docs/sessions.md, in seconds. */
const HOUR_S = 3600;

/** How many live sessions a user may have; a sign-in beyond ends the oldest. */
export const MAX_SESSIONS = 10;

export interface SessionLimits {
  idleS: number;
  absoluteS: number;
}

/** Administrators' sessions are shorter; “remember me” is longer and only for a session without a second factor. */
export function sessionLimits({ isAdmin, isRemembered }: { isAdmin: boolean; isRemembered: boolean }): SessionLimits {
  if (isAdmin) return { idleS: 20 * 60, absoluteS: 12 * HOUR_S };
  if (isRemembered) return { idleS: 30 * 24 * HOUR_S, absoluteS: 30 * 24 * HOUR_S };
  return { idleS: HOUR_S, absoluteS: 24 * HOUR_S };
}
