import { sha256Hex } from "@/server/core/crypto";
import type { Caller } from "@/server/core/operation";
import { deltaBetween, type Snapshot, sharing } from "./delta";
import type { GatewayState } from "./state.schema";
import { type CompiledState, compile } from "./state.service";

/** JSON as it is sent. */
interface Delta {
  readonly body: Buffer<ArrayBuffer>;
  /** Of the body, hexadecimal. */
  readonly sha256: string;
}

export interface EnforcedState extends CompiledState {
  /**
   * What makes it out of the state with this ETag; undefined where that one is no longer known, or where the whole is
   * hardly longer.
   */
  deltaFrom(etag: string): Delta | undefined;
}

/** So many states of a gateway are kept, for those that ask with one of them what has changed since. */
const KEPT = 8;
/** A gateway asks several times a minute; one that did not for so long is gone, or makes do with a whole state. */
const FORGOTTEN_AFTER_MS = 3_600_000;

interface Made {
  readonly current: EnforcedState;
  /** The newest first, the current one among them. */
  readonly snapshots: readonly Snapshot[];
  /** Milliseconds since 1970. */
  askedAt: number;
}

/** By gateway, what was made last. */
const made = new Map<string, Made>();
const underWay = new Map<string, Promise<EnforcedState>>();

function forgetSilent(now: number): void {
  for (const [id, { askedAt }] of made) if (askedAt < now - FORGOTTEN_AFTER_MS) made.delete(id);
}

/** Each delta is made once, for however many ask. */
function deltas(next: Snapshot & { body: Buffer }, snapshots: readonly Snapshot[]): EnforcedState["deltaFrom"] {
  const known = new Map<string, Delta | undefined>();
  return (etag) => {
    const base = snapshots.find((snapshot) => snapshot.etag === etag);
    if (!base || base.etag === next.etag) return undefined;
    if (known.has(etag)) return known.get(etag);
    const body = Buffer.from(JSON.stringify(deltaBetween(base, next)));
    known.set(etag, body.length < next.body.length / 2 ? { body, sha256: sha256Hex(body) } : undefined);
    return known.get(etag);
  };
}

/** Every gateway is told the same networks: one list serves them all, however many gateways there are. */
let networks: string[] = [];

function withSharedNetworks(state: GatewayState): GatewayState {
  const { privateNetworks } = state;
  const isSame = privateNetworks.length === networks.length && privateNetworks.every((one, at) => one === networks[at]);
  if (!isSame) networks = privateNetworks;
  return { ...state, privateNetworks: networks };
}

async function make(caller: Caller, id: string): Promise<EnforcedState> {
  const compiled = await compile.execute(caller, { id });
  const before = made.get(id)?.snapshots ?? [];
  const { etag } = compiled;
  const next = withSharedNetworks(compiled.state);
  const state = before[0] ? sharing(before[0].state, next) : next;
  const others = before.filter((snapshot) => snapshot.etag !== etag);
  const snapshots = [{ etag, state }, ...others].slice(0, KEPT);
  const current = { ...compiled, state, deltaFrom: deltas({ etag, state, body: compiled.body }, others) };
  forgetSilent(Date.now());
  made.set(id, { current, snapshots, askedAt: Date.now() });
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
  const known = made.get(id);
  if (known) known.askedAt = Date.now();
  if (known && isCurrent(known.current, revision)) return known.current;
  const key = `${id} ${revision}`;
  const begun = underWay.get(key) ?? make(caller, id).finally(() => underWay.delete(key));
  underWay.set(key, begun);
  return begun;
}
