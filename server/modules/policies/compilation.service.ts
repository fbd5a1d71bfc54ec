import type { Reader, Tx } from "@/server/core/database";
import { type AllowedNetworks, allowedNetworks, type Compiled, compiler } from "./compile";
import { withoutElsewhere } from "./gateway-rules";
import { privateNetworksWith, type Rulebook } from "./policy-model";
import * as repo from "./rulebook.repo";

export type { Compiled };

export interface LoadedRulebook extends Rulebook {
  readonly policies: readonly repo.NamedPolicy[];
  readonly pools: readonly string[];
}

/**
 * Every policy with what verdicts follow from, as the transaction sees it. For questions about one address it is enough
 * to load the destinations that hold it.
 */
export async function loadRulebook(reader: Reader | Tx, holding?: string): Promise<LoadedRulebook> {
  const [policies, pools] = await Promise.all([repo.allPolicies(reader, holding), repo.pools(reader)]);
  return { policies, pools, privateNetworks: privateNetworksWith(pools) };
}

export interface CompiledDevices {
  /** What `internet` leaves out of these rules. */
  readonly privateNetworks: readonly string[];
  /** By device. What is missing is not there. */
  readonly devices: ReadonlyMap<string, Compiled>;
}

/**
 * What gateways enforce for these devices, for those of a gateway, or for all that are active. Of a gateway it is what
 * that one can have to do with. Reads several tables: call it in a transaction that is one snapshot, or policies and
 * memberships may be of different moments.
 */
export async function compileDevices(reader: Reader | Tx, now: Date, which: repo.Asked = {}): Promise<CompiledDevices> {
  const [rulebook, subjects] = await Promise.all([loadRulebook(reader), repo.subjects(reader, which)]);
  const elsewhere = which.gatewayId === undefined ? [] : await repo.networksElsewhere(reader, which.gatewayId);
  const policies = rulebook.policies.map((policy) => withoutElsewhere(policy, elsewhere));
  const compile = compiler({ ...rulebook, policies, now });
  const devices = new Map(subjects.map((subject) => [subject.deviceId ?? "", compile(subject)]));
  return { privateNetworks: rulebook.privateNetworks, devices };
}

/**
 * Where policies let a device send, whichever gateway is on the way. One that waits for approval or is suspended is told
 * what it will have then; until then gateways let nothing of it through.
 */
export async function allowedOf(reader: Reader | Tx, deviceId: string, now: Date): Promise<AllowedNetworks> {
  const [rulebook, [subject]] = await Promise.all([loadRulebook(reader), repo.subjects(reader, { ids: [deviceId] })]);
  if (!subject) return { networks: [], isFullTunnel: false };
  return allowedNetworks(compiler({ ...rulebook, now })({ ...subject, isActive: true, expiresAt: null }).profile);
}
