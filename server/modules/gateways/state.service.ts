import { z } from "zod";
import { canonicalJson } from "@/server/core/canonical-hash";
import { open, sha256Hex } from "@/server/core/crypto";
import { AppError } from "@/server/core/errors";
import type { Caller } from "@/server/core/operation";
import { query } from "@/server/core/operation";
import { secrets } from "@/server/core/secrets";
import { type CompiledDevices, compileDevices } from "@/server/modules/policies/compilation.service";
import { deltaBetween, type Snapshot, sharing } from "./delta";
import { presharedKeyContext } from "./preshared-key.service";
import * as repo from "./state.repo";
import type { GatewayState } from "./state.schema";

const Compiled = z.object({
  revision: z.number(),
  etag: z.string(),
  /** Canonical JSON, UTF-8. */
  body: z.custom<Buffer<ArrayBuffer>>(Buffer.isBuffer),
  /** Milliseconds since 1970: when a policy's window opens or closes, or a tunnel ends; null is never. */
  changesAt: z.number().nullable(),
  /** What the body says; it was made here, so nothing of it is checked again. */
  state: z.custom<GatewayState>(),
});

/** A gateway's state as it is sent, and until when it is true if nothing changes. */
export interface EnforcedState extends Readonly<z.infer<typeof Compiled>> {
  /**
   * What makes it out of the state with this ETag, as JSON; undefined where that one is no longer known, or where the
   * whole is hardly longer.
   */
  deltaFrom(etag: string): Buffer<ArrayBuffer> | undefined;
}

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
  output: Compiled,
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

/** So many states of a gateway are kept, for those that ask with one of them what has changed since. */
const KEPT = 8;

interface Made {
  readonly current: EnforcedState;
  /** The newest first, the current one among them. */
  readonly snapshots: readonly Snapshot[];
}

/** By gateway, what was made last. */
const made = new Map<string, Made>();
const underWay = new Map<string, Promise<EnforcedState>>();

/** Each delta is made once, for however many ask. */
function deltas(next: Snapshot & { body: Buffer }, snapshots: readonly Snapshot[]): EnforcedState["deltaFrom"] {
  const known = new Map<string, Buffer<ArrayBuffer> | undefined>();
  return (etag) => {
    const base = snapshots.find((snapshot) => snapshot.etag === etag);
    if (!base || base.etag === next.etag) return undefined;
    if (known.has(etag)) return known.get(etag);
    const delta = Buffer.from(JSON.stringify(deltaBetween(base, next)));
    known.set(etag, delta.length < next.body.length / 2 ? delta : undefined);
    return known.get(etag);
  };
}

async function make(caller: Caller, id: string): Promise<EnforcedState> {
  const compiled = await compile.execute(caller, { id });
  const before = made.get(id)?.snapshots ?? [];
  const { etag } = compiled;
  const state = before[0] ? sharing(before[0].state, compiled.state) : compiled.state;
  const others = before.filter((snapshot) => snapshot.etag !== etag);
  const snapshots = [{ etag, state }, ...others].slice(0, KEPT);
  const current = { ...compiled, state, deltaFrom: deltas({ etag, state, body: compiled.body }, others) };
  made.set(id, { current, snapshots });
  return current;
}

const isCurrent = (state: EnforcedState, revision: number): boolean =>
  state.revision >= revision && (state.changesAt === null || state.changesAt > Date.now());

/**
 * A gateway's state at this revision or a later one: made once, however many ask for it at the same time.
 * @throws {AppError} whatever kept it from being made
 */
export async function stateAt(
  caller: Caller,
  { id, revision }: { id: string; revision: number },
): Promise<EnforcedState> {
  const known = made.get(id)?.current;
  if (known && isCurrent(known, revision)) return known;
  const key = `${id} ${revision}`;
  const begun = underWay.get(key) ?? make(caller, id).finally(() => underWay.delete(key));
  underWay.set(key, begun);
  return begun;
}
