import { parseJson } from "@/agent/api";
import { etagOf } from "@/agent/gateway/checked-state";
import { canonicalJson } from "@/server/core/canonical-hash";
import { GatewayDelta, type GatewayState } from "@/server/modules/gateways/state.schema";

function changed<Value>(base: Record<string, Value>, set: Record<string, Value>, unset: readonly string[]) {
  const left = { ...base, ...set };
  for (const key of unset) delete left[key];
  return left;
}

/** The bytes of the state that a delta makes out of this one. */
function applyDelta(base: GatewayState, delta: GatewayDelta): Uint8Array {
  const { schema, gateway, privateNetworks, counts, isMassRemovalAllowed, peers, profiles, deviceProfiles } = delta;
  const known = Object.fromEntries(base.peers.map((peer) => [peer.publicKey, peer]));
  const upserted = Object.fromEntries(peers.upsert.map((peer) => [peer.publicKey, peer]));
  const next: GatewayState = {
    ...{ schema, gateway, privateNetworks, counts, isMassRemovalAllowed },
    peers: Object.values(changed(known, upserted, peers.remove)).sort((a, b) => (a.publicKey < b.publicKey ? -1 : 1)),
    profiles: changed(base.profiles, profiles.add, profiles.remove),
    deviceProfiles: changed(base.deviceProfiles, deviceProfiles.set, deviceProfiles.unset),
  };
  return Buffer.from(canonicalJson(next));
}

/**
 * Puts the state together that a delta is about. Nothing of it is believed for itself: it is checked as if it had come
 * whole.
 * @returns undefined where the delta is not understood, is about another state, or does not come to the hash it names
 */
export function stateFromDelta(
  base: { readonly etag: string; readonly state: GatewayState },
  body: Uint8Array,
): { readonly etag: string; readonly bytes: Uint8Array } | undefined {
  const { data: delta } = GatewayDelta.safeParse(parseJson(body));
  if (delta?.base !== base.etag) return undefined;
  const bytes = applyDelta(base.state, delta);
  return etagOf(bytes) === delta.etag ? { etag: delta.etag, bytes } : undefined;
}
