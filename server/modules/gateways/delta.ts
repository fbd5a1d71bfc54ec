import type { GatewayDelta, GatewayPeer, GatewayState } from "./state.schema";

const isSamePeer = (a: GatewayPeer, b: GatewayPeer): boolean =>
  a.presharedKey === b.presharedKey &&
  a.notAfter === b.notAfter &&
  a.allowedIps.length === b.allowedIps.length &&
  a.allowedIps.every((network, at) => network === b.allowedIps[at]);

/**
 * The next state, in which whatever is as it was in `previous` is the very same object: a row of states takes little
 * more room than one, and what differs between any two of them is found without looking inside.
 */
export function sharing(previous: GatewayState, next: GatewayState): GatewayState {
  const before = new Map(previous.peers.map((peer) => [peer.publicKey, peer]));
  const peers = next.peers.map((peer) => {
    const known = before.get(peer.publicKey);
    return known && isSamePeer(known, peer) ? known : peer;
  });
  // A profile's name is the hash of its rules.
  const profiles = Object.entries(next.profiles).map(([name, rules]) => [name, previous.profiles[name] ?? rules]);
  return { ...next, peers, profiles: Object.fromEntries(profiles) };
}

interface Change<Value> {
  readonly set: Record<string, Value>;
  readonly unset: string[];
}

/** What turns one record into another; values are told apart by identity. */
function changeBetween<Value>(base: Record<string, Value>, next: Record<string, Value>): Change<Value> {
  const changed = Object.entries(next).filter(([key, value]) => base[key] !== value);
  return {
    set: Object.fromEntries(changed),
    unset: Object.keys(base).filter((key) => !Object.hasOwn(next, key)),
  };
}

const byKey = (peers: readonly GatewayPeer[]): Record<string, GatewayPeer> =>
  Object.fromEntries(peers.map((peer) => [peer.publicKey, peer]));

export interface Snapshot {
  readonly etag: string;
  readonly state: GatewayState;
}

/** What makes one state out of another, of which it shares what is the same; see {@link sharing}. */
export function deltaBetween(base: Snapshot, next: Snapshot): GatewayDelta {
  const { schema, gateway, privateNetworks, counts, isMassRemovalAllowed } = next.state;
  const peers = changeBetween(byKey(base.state.peers), byKey(next.state.peers));
  const profiles = changeBetween(base.state.profiles, next.state.profiles);
  return {
    ...{ schema, gateway, privateNetworks, counts, isMassRemovalAllowed },
    base: base.etag,
    etag: next.etag,
    peers: { upsert: Object.values(peers.set), remove: peers.unset },
    profiles: { add: profiles.set, remove: profiles.unset },
    deviceProfiles: changeBetween(base.state.deviceProfiles, next.state.deviceProfiles),
  };
}
