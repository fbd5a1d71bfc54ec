import { z } from "zod";
import { canonicalJson } from "@/server/core/canonical-hash";
import { open, sha256Hex } from "@/server/core/crypto";
import { AppError } from "@/server/core/errors";
import { query } from "@/server/core/operation";
import { secrets } from "@/server/core/secrets";
import { type CompiledDevices, compileDevices } from "@/server/modules/policies/compilation.service";
import { presharedKeyContext } from "./preshared-key.service";
import * as repo from "./state.repo";
import type { GatewayState } from "./state.schema";

/** A gateway's state as it is sent, and until when it is true if nothing changes. */
const CompiledState = z.object({
  revision: z.number(),
  etag: z.string(),
  /** Canonical JSON, UTF-8. */
  body: z.custom<Buffer<ArrayBuffer>>(Buffer.isBuffer),
  /** Milliseconds since 1970: when a policy's window opens or closes, or a tunnel ends; null is never. */
  changesAt: z.number().nullable(),
  /** What the body says; it was made here, so nothing of it is checked again. */
  state: z.custom<GatewayState>(),
});

export type CompiledState = Readonly<z.infer<typeof CompiledState>>;

const suffix = (address: string): string => `${address}/${address.includes(":") ? 128 : 32}`;

function presharedKey({ publicKey, presharedKeyCiphertext }: repo.PeerRow): string | null {
  if (!presharedKeyCiphertext) return null;
  return open(secrets().encryption, presharedKeyCiphertext, presharedKeyContext(publicKey)).toString("utf8");
}

/** By code units, as whoever puts a state together again does; a database sorts by its own language's rules. */
const byPublicKey = (a: repo.PeerRow, b: repo.PeerRow): number => (a.publicKey < b.publicKey ? -1 : 1);

export interface Material {
  gateway: repo.GatewayRow;
  peers: readonly repo.PeerRow[];
  enforcement: CompiledDevices;
}

/** Puts a state together: of the tunnels those whose devices pass the gate, of the profiles those that they have. */
export function compose({ gateway, peers, enforcement }: Material): GatewayState {
  const { id, listenPort, addresses, mtu, masquerade, isActive, isMassRemovalAllowed } = gateway;
  const profileOf = ({ deviceId }: repo.PeerRow) => {
    const compiled = enforcement.devices.get(deviceId);
    return compiled && compiled.refusal === null ? compiled.profile : undefined;
  };
  const admitted = isActive ? peers.filter(profileOf) : [];
  const profiles: GatewayState["profiles"] = {};
  const deviceProfiles: GatewayState["deviceProfiles"] = {};
  for (const peer of admitted) {
    const profile = profileOf(peer);
    if (!profile) continue;
    profiles[profile.hash] ??= [...profile.rules];
    for (const address of peer.addresses) deviceProfiles[address] = profile.hash;
  }
  return {
    schema: 1,
    gateway: { id, listenPort, addresses, mtu, masquerade },
    privateNetworks: [...enforcement.privateNetworks].sort(),
    peers: admitted.toSorted(byPublicKey).map((peer) => ({
      publicKey: peer.publicKey,
      presharedKey: presharedKey(peer),
      allowedIps: peer.addresses.map(suffix),
      notAfter: peer.notAfter,
    })),
    profiles,
    deviceProfiles,
    counts: { peers: admitted.length, profiles: Object.keys(profiles).length },
    isMassRemovalAllowed,
  };
}

function changesAt({ peers, enforcement }: Material, now: Date): number | null {
  const moments = [
    ...[...enforcement.devices.values()].map((compiled) => compiled.changesAt?.getTime()),
    ...peers.map(({ notAfter }) => (notAfter === null ? undefined : notAfter * 1000)),
  ];
  let first: number | null = null;
  for (const at of moments) if (at !== undefined && at > now.getTime() && (first === null || at < first)) first = at;
  return first;
}

/** Makes the state of a gateway out of one moment of the database. Whatever goes wrong, there is none: never a part. */
export const compile = query({
  permission: "device",
  isSnapshot: true,
  input: z.object({ id: z.string() }),
  output: CompiledState,
  async run({ reader, now }, { id }) {
    const gateway = await repo.gateway(reader, id);
    if (!gateway) throw new AppError("not-found", "This gateway was removed.");
    const at = now();
    const peers = await repo.peers(reader, id);
    const material = { gateway, peers, enforcement: await compileDevices(reader, at, { gatewayId: id }) };
    const state = compose(material);
    const body = Buffer.from(canonicalJson(state));
    return { revision: gateway.revision, etag: sha256Hex(body), body, changesAt: changesAt(material, at), state };
  },
});
