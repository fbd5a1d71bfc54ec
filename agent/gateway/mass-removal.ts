import type { GatewayState } from "@/server/modules/gateways/state.schema";

/** Whom a gateway lets in, by a state or by what runs. */
export interface LetIn {
  readonly peers: readonly { readonly publicKey: string }[];
}

/** Fewer than these may always go at once. */
const MANY = 20;

/** A state that would remove most of the peers, and when it was first seen, on a clock that never jumps. */
export interface Held {
  readonly etag: string;
  readonly sinceMs: number;
}

interface Next {
  readonly etag: string;
  readonly state: GatewayState;
  readonly nowMs: number;
}

/** Whether a state removes so many of the peers in force that a mistake is likelier than an intention. */
export function isMassRemoval(inForce: LetIn, next: GatewayState): boolean {
  if (next.isMassRemovalAllowed) return false;
  const kept = new Set(next.peers.map(({ publicKey }) => publicKey));
  const gone = inForce.peers.filter(({ publicKey }) => !kept.has(publicKey)).length;
  return gone > MANY && gone > inForce.peers.length / 2;
}

/**
 * Whether to wait with a state, and since when: the server has to say the very same again after `holdS` seconds.
 * @returns undefined if it is to be applied now
 */
export function toHold(
  inForce: LetIn | undefined,
  next: Next,
  { held, holdS }: { readonly held: Held | undefined; readonly holdS: number },
): Held | undefined {
  if (!inForce || !isMassRemoval(inForce, next.state)) return undefined;
  if (held?.etag !== next.etag) return { etag: next.etag, sinceMs: next.nowMs };
  return next.nowMs - held.sinceMs >= holdS * 1000 ? undefined : held;
}
