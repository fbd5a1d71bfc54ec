import type { RequestMeta } from "@/server/core/actor";
import { sha256Hex } from "@/server/core/crypto";
import { findRefreshState, type RefreshState, rotateGeneration } from "@/server/modules/sessions/authority.service";
import * as sessions from "@/server/modules/sessions/service";
import { mintAccessToken } from "./access-token";
import { actorOf, endOf, tokenSource, type Verdict } from "./authority";
import type { SessionTokens } from "./cookies";
import { mintRefreshToken, type RefreshClaims, refreshTokenHash, verifyRefreshToken } from "./refresh-token";

/** Parallel callers with the predecessor get the same successor for this long. */
export const GRACE_S = 10;
/** A successor nobody ever used is handed out again for this long: its answer was lost on the way. */
export const LOST_ANSWER_S = 600;

export type Rotation = (Verdict & { kind: "signed-in" } & { tokens: SessionTokens }) | (Verdict & { kind: "ended" });

type Row = Parameters<typeof tokenSource>[0];

async function issued(row: Row): Promise<Rotation> {
  const source = tokenSource(row);
  const tokens = {
    access: await mintAccessToken(source),
    refresh: mintRefreshToken(source),
    authenticatedAt: source.authenticatedAt,
    endsAt: source.endsAt,
  };
  return { kind: "signed-in", actor: actorOf(row), expiresInS: Number.POSITIVE_INFINITY, source, tokens };
}

export interface RefreshCaller {
  token: string;
  /** Value of the device cookie, if any. */
  device: string | undefined;
  request: RequestMeta;
}

const family = (userAgent: string | null): string => (userAgent ?? "").replace(/[\d.]+/g, "");

function mayRetry(state: RefreshState, { device, request }: RefreshCaller): boolean {
  const age = state.rotatedAgoS ?? Number.POSITIVE_INFINITY;
  if (age < GRACE_S) return true;
  const isSameBrowser =
    device !== undefined &&
    state.knownDeviceHash === sha256Hex(device) &&
    family(state.userAgent) === family(request.userAgent);
  return state.confirmedAt === null && age < LOST_ANSWER_S && isSameBrowser;
}

/** Sorts out a token that did not rotate, by the table of sessions.md §6. */
async function classify(claims: RefreshClaims, caller: RefreshCaller): Promise<Rotation> {
  const row = await findRefreshState(claims.sessionId);
  const reason = row?.isRefreshRevoked ? "revoked" : endOf(row);
  if (!row || reason) return { kind: "ended", reason: reason ?? "unknown" };
  // Ahead of the database, after a restore from a backup: not ours to honour, and no proof of theft.
  if (claims.generation >= row.generation) return { kind: "ended", reason: "unknown" };
  if (claims.generation === row.generation - 1 && mayRetry(row, caller)) return issued(row);
  await sessions.revokeForReuse.execute(
    { actor: { kind: "system", name: "rotation" }, request: caller.request },
    { sessionId: tokenSource(row).sessionId, presented: claims.generation, current: row.generation },
  );
  return { kind: "ended", reason: "revoked" };
}

/** Exchanges a refresh token for its successor. @throws {AppError} unavailable, with nothing changed */
export async function rotate(caller: RefreshCaller): Promise<Rotation> {
  const claims = verifyRefreshToken(caller.token);
  if (!claims) return { kind: "ended", reason: "unknown" };
  const next = { sessionId: claims.sessionId, generation: claims.generation + 1 };
  const row = await rotateGeneration(claims.sessionId, {
    generation: claims.generation,
    nextHash: refreshTokenHash(next),
  });
  return row ? issued(row) : classify(claims, caller);
}
