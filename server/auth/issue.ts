import { AppError } from "@/server/core/errors";
import type { SessionId, UserId } from "@/server/core/ids";
import { findAuthority } from "@/server/modules/sessions/authority.service";
import { mintAccessToken, type TokenSource } from "./access-token";
import { endOf, tokenSource } from "./authority";
import { sessionCookies } from "./cookies";
import { mintRefreshToken } from "./refresh-token";

/** The cookies that carry a session. */
export function cookiesOf(source: TokenSource): string[] {
  return sessionCookies({
    access: mintAccessToken(source),
    refresh: mintRefreshToken(source),
    authenticatedAt: source.authenticatedAt,
    endsAt: source.endsAt,
  });
}

/** The cookies of a session that was started a moment ago. @throws {AppError} session-ended */
export async function issueSession(sessionId: SessionId, userId: UserId): Promise<string[]> {
  const row = await findAuthority(sessionId, userId);
  if (!row || endOf(row)) throw new AppError("session-ended");
  return cookiesOf(tokenSource(row));
}
