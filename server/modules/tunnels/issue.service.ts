import type { CommandContext } from "@/server/core/operation";
import * as gateways from "./gateways.repo";
import { profileHash, profileOf, withKeys } from "./profile.service";
import * as repo from "./repo";
import { gatewaysOf, type IssuedTunnel, Tunnel } from "./schema";

/** A tunnel that was made just now. */
export interface Made {
  id: string;
  gatewayId: string;
  presharedKey: string;
}

/**
 * What somebody is told who made tunnels of a device: the first of them with its preshared key, and the device's
 * profile. Where all of its tunnels were made now, that is the whole of what goes onto the device, and noted as handed
 * out.
 */
export async function issued({ tx, now }: CommandContext, made: readonly Made[]): Promise<IssuedTunnel> {
  const [first] = made;
  const tunnel = first && (await repo.get(tx, first.id));
  if (!first || !tunnel) throw new Error("No tunnel was made");
  const profile = await profileOf(tx, tunnel, now());
  const found = await gateways.ofDevice(tx, tunnel.deviceId);
  const madeAt = new Map(made.map((each) => [each.gatewayId, each]));
  const keys = new Map<string, string>();
  const hash = profileHash(profile);
  const isWhole = found.every(({ id }) => madeAt.has(id));
  for (const [at, { allowedIps }] of gatewaysOf(profile).entries()) {
    const gateway = found[at];
    const one = gateway && madeAt.get(gateway.id);
    if (!one) continue;
    keys.set(gateway.publicKey ?? "", one.presharedKey);
    if (isWhole) await repo.noteIssued(tx, one.id, { dnsServers: profile.dnsServers, allowedIps, hash });
  }
  return { tunnel: Tunnel.parse(tunnel), profile: withKeys(profile, keys), presharedKey: first.presharedKey };
}
