import { withoutPrefix } from "@/agent/gateway/networks";
import type { GatewayPeer, GatewayState } from "@/server/modules/gateways/state.schema";

const isOver = ({ notAfter }: GatewayPeer, nowS: number): boolean => notAfter !== null && notAfter <= nowS;

/** The keys of the peers whose time is over. */
export const expiredKeys = (state: GatewayState, nowS: number): string[] =>
  state.peers.filter((peer) => isOver(peer, nowS)).map(({ publicKey }) => publicKey);

/** What of a state holds at a moment: without the peers whose time is over, and without what was theirs. */
export function inForce(state: GatewayState, nowS: number): GatewayState {
  const peers = state.peers.filter((peer) => !isOver(peer, nowS));
  const held = new Set(peers.flatMap(({ allowedIps }) => allowedIps.map(withoutPrefix)));
  const devices = Object.entries(state.deviceProfiles).filter(([address]) => held.has(address));
  return { ...state, peers, deviceProfiles: Object.fromEntries(devices) };
}

/** A state that lets nobody in: what is left of one that nobody has confirmed for too long. */
export const withoutPeers = (state: GatewayState): GatewayState => ({
  ...state,
  peers: [],
  profiles: {},
  deviceProfiles: {},
});
