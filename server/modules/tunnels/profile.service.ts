import { canonicalHash } from "@/server/core/canonical-hash";
import type { Reader, Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { allowedOf } from "@/server/modules/policies/compilation.service";
import type { AllowedNetworks } from "@/server/modules/policies/compile";
import { routesThrough } from "@/server/modules/policies/routes.service";
import * as gateways from "./gateways.repo";
import type { TunnelPeer, TunnelProfile } from "./schema";

/** Keeps the way through a router's address translation open. */
const KEEPALIVE_S = 25;

const whole = (address: string): string => `${address}/${address.includes(":") ? 128 : 32}`;

function peerOf({ name, publicKey, endpoint }: gateways.TunnelGateway, allowedIps: string[]): TunnelPeer {
  if (!publicKey || !endpoint) throw new AppError("conflict", `${name} has not enrolled yet.`);
  return { name, publicKey, endpoint, allowedIps, keepaliveS: KEEPALIVE_S };
}

/**
 * The device's end of its tunnels as policies have it now: one interface with its addresses of every gateway. A
 * gateway's name servers and the network of its tunnels are always part of what goes to it: a device that another may
 * reach has to take its packets and to answer them.
 */
export async function profileOf(
  reader: Reader | Tx,
  { deviceId, allowed }: { deviceId: string; allowed?: AllowedNetworks },
  now: Date,
): Promise<TunnelProfile> {
  const found = await gateways.ofDevice(reader, deviceId);
  const routes = routesThrough(found, allowed ?? (await allowedOf(reader, deviceId, now)));
  const [gateway, ...others] = found.map((each) => peerOf(each, routes.get(each.id) ?? []));
  if (!gateway) throw new AppError("not-found", "The device has no tunnel.");
  return {
    addresses: found.flatMap(({ addresses }) => addresses.map(whole)),
    dnsServers: [...new Set(found.flatMap(({ dnsServers }) => dnsServers))],
    mtu: Math.min(...found.map(({ mtu }) => mtu)),
    gateway,
    ...(others.length > 0 && { others }),
  };
}

/** What tells whether a profile that was handed out is still the one that would be. */
export const profileHash = (profile: TunnelProfile): string => canonicalHash(profile);

/** A profile with the preshared keys of the gateways after the first, by their public keys. */
export const withKeys = (profile: TunnelProfile, keys: ReadonlyMap<string, string>): TunnelProfile => ({
  ...profile,
  ...(profile.others && {
    others: profile.others.map((peer) => {
      const presharedKey = keys.get(peer.publicKey);
      return presharedKey ? { ...peer, presharedKey } : peer;
    }),
  }),
});
