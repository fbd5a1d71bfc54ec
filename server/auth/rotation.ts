import type { RequestMeta } from "@/server/core/actor";
import { sha256Hex } from "@/server/core/crypto";
import { log } from "@/server/core/log";
import type { Caller } from "@/server/core/operation";
import { findRefreshState, type RefreshState, rotateGeneration } from "@/server/modules/sessions/authority.service";
import * as refresh from "@/server/modules/sessions/refresh.service";
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

function issued(row: Row): Rotation {
  const source = tokenSource(row);
  const tokens = {
    access: mintAccessToken(source),
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

const age = (state: RefreshState): number => state.rotatedAgoS ?? Number.POSITIVE_INFINITY;

/** Nobody ever used the successor, and the browser that was to get it asks again. */
function wasAnswerLost(state: RefreshState, { device, request }: RefreshCaller): boolean {
  const isSameBrowser =
    device !== undefined &&
    state.knownDeviceHash === sha256Hex(device) &&
    family(state.userAgent) === family(request.userAgent);
  return state.confirmedAt === null && age(state) < LOST_ANSWER_S && isSameBrowser;
}

/** Sorts out a token that did not rotate; docs/sessions.md has the table. */
async function classify(claims: RefreshClaims, caller: RefreshCaller): Promise<Rotation> {
  const row = await findRefreshState(claims.sessionId);
  const reason = row?.isRefreshRevoked ? "revoked" : endOf(row);
  if (!row || reason) return { kind: "ended", reason: reason ?? "unknown" };
  const by: Caller = { actor: { kind: "system", name: "rotation" }, request: caller.request };
  const presented = { sessionId: claims.sessionId, presented: claims.generation, current: row.generation };
  if (claims.generation >= row.generation) {
    // After a restore from a backup: not ours to honour, and no proof of theft.
    if (claims.generation > row.generation) await refresh.recordAhead.execute(by, presented);
    return { kind: "ended", reason: "unknown" };
  }
  if (claims.generation === row.generation - 1) {
    if (age(row) < GRACE_S) return issued(row);
    if (wasAnswerLost(row, caller)) {
      await refresh.recordRetry.execute(by, presented);
      return issued(row);
    }
  }
  await refresh.revokeForReuse.execute(by, presented);
  return { kind: "ended", reason: "revoked" };
}

/** Exchanges a refresh token for its successor. @throws {AppError} unavailable, with nothing changed */
export async function rotate(caller: RefreshCaller): Promise<Rotation> {
  const claims = verifyRefreshToken(caller.token);
  if (!claims) {
    // A line and no row: a forgery must not cost the database anything.
    log.info({ ip: caller.request.ip, request: caller.request.id }, "A refresh token that is not ours was refused");
    return { kind: "ended", reason: "unknown" };
  }
  const next = { sessionId: claims.sessionId, generation: claims.generation + 1 };
  const row = await rotateGeneration({ ...claims, nextHash: refreshTokenHash(next) });
  return row ? issued(row) : classify(claims, caller);
}
