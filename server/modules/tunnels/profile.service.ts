import { canonicalHash } from "@/server/core/canonical-hash";
import type { Reader, Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { routesOf } from "@/server/modules/policies/compilation.service";
import * as repo from "./repo";
import type { TunnelProfile } from "./schema";

/** Keeps the way through a router's address translation open. */
const KEEPALIVE_S = 25;

const whole = (address: string): string => `${address}/${address.includes(":") ? 128 : 32}`;

/**
 * The device's end of its tunnel as policies have it now. The gateway's name servers and the network of its tunnels are
 * always part of it: a device that another may reach has to take its packets and to answer them.
 */
export async function profileOf(
  reader: Reader | Tx,
  tunnel: { deviceId: string; gatewayId: string; addresses: string[] },
  now: Date,
): Promise<TunnelProfile> {
  const gateway = await repo.gateway(reader, tunnel.gatewayId);
  if (!gateway?.publicKey || !gateway.endpoint) throw new AppError("conflict", "The gateway has not enrolled yet.");
  const always = [...(await repo.tunnelNetworks(reader, tunnel.gatewayId)), ...gateway.dnsServers];
  return {
    addresses: tunnel.addresses.map(whole),
    dnsServers: gateway.dnsServers,
    mtu: gateway.mtu,
    gateway: {
      name: gateway.name,
      publicKey: gateway.publicKey,
      endpoint: gateway.endpoint,
      allowedIps: await routesOf(reader, tunnel.deviceId, { now, always }),
      keepaliveS: KEEPALIVE_S,
    },
  };
}

/** What tells whether a profile that was handed out is still the one that would be. */
export const profileHash = (profile: TunnelProfile): string => canonicalHash(profile);
