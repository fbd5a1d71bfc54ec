import { withoutPrefix } from "@/agent/gateway/networks";
import type { GatewayPeer, GatewayState } from "@/server/modules/gateways/state.schema";

const isOver = ({ notAfter }: GatewayPeer, nowS: number): boolean => notAfter !== null && notAfter <= nowS;

/** The keys of the peers whose time is over. */
export const expiredKeys = (state: GatewayState, nowS: number): string[] =>
  state.peers.filter((peer) => isOver(peer, nowS)).map(({ publicKey }) => publicKey);

/** What of a state holds at a moment: without the peers whose time is over, and without what was theirs. */
export const inForce = (state: GatewayState, nowS: number): GatewayState =>
  withPeers(
    state,
    state.peers.filter((peer) => !isOver(peer, nowS)),
  );

/** The peers that are wanted and there already, with those of their addresses that are both. */
export function commonPeers(
  present: readonly { readonly publicKey: string; readonly allowedIps: readonly string[] }[],
  wanted: readonly GatewayPeer[],
): GatewayPeer[] {
  const known = new Map(present.map(({ publicKey, allowedIps }) => [publicKey, allowedIps]));
  return wanted.flatMap((peer) => {
    const allowedIps = peer.allowedIps.filter((network) => known.get(peer.publicKey)?.includes(network));
    return allowedIps.length > 0 ? [{ ...peer, allowedIps }] : [];
  });
}

/** A state under its own rules, with nobody in it whom another one does not let in. */
export const narrowedTo = (state: GatewayState, next: GatewayState): GatewayState =>
  withPeers(state, commonPeers(state.peers, next.peers));

function withPeers(state: GatewayState, peers: GatewayPeer[]): GatewayState {
  const held = new Set(peers.flatMap(({ allowedIps }) => allowedIps.map(withoutPrefix)));
  const devices = Object.entries(state.deviceProfiles).filter(([address]) => held.has(address));
  const counts = { ...state.counts, peers: peers.length };
  return { ...state, peers, deviceProfiles: Object.fromEntries(devices), counts };
}

/** A state that lets nobody in: what is left of one that nobody has confirmed for too long. */
export const withoutPeers = (state: GatewayState): GatewayState => ({
  ...state,
  peers: [],
  profiles: {},
  deviceProfiles: {},
});
