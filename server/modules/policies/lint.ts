import { type AddressRange, contains, overlaps, rangeOf } from "./address-range";
import { inOrder, type NetworkPolicy, type PolicyDestination } from "./policy-model";
import type { LintKind } from "./schema";

export interface RawFinding {
  kind: LintKind;
  policyId: string;
  /** Which of its destinations, where it is about one. */
  destination: string | null;
  /** The policies that are to blame. */
  by: string[];
}

export interface Surroundings {
  policies: readonly NetworkPolicy[];
  /** What gateways can reach; null while there is no gateway, when nothing can be said about it. */
  gatewayNetworks: readonly string[] | null;
  pools: readonly string[];
}

const keyOf = ({ type, id }: NetworkPolicy["targets"][number]): string => `${type} ${id ?? ""}`;

const keys = ({ targets }: NetworkPolicy, isExcluded: boolean): Set<string> =>
  new Set(targets.filter((each) => each.isExcluded === isExcluded).map(keyOf));

/** Whether the first is surely for everybody the second is for. */
function isForAllOf(first: NetworkPolicy, second: NetworkPolicy): boolean {
  const [outer, inner] = [keys(first, false), keys(second, false)];
  const innerExcludes = keys(second, true);
  return (
    (outer.has("all ") || [...inner].every((key) => outer.has(key))) &&
    [...keys(first, true)].every((key) => innerExcludes.has(key))
  );
}

/** Whether the first is surely in force whenever the second is. */
function lastsAllOf(first: NetworkPolicy, second: NetworkPolicy): boolean {
  const starts = first.startsAt === null || (second.startsAt !== null && first.startsAt <= second.startsAt);
  return starts && (first.endsAt === null || (second.endsAt !== null && second.endsAt <= first.endsAt));
}

interface Place extends Omit<PolicyDestination, "network"> {
  range: AddressRange;
}

const places = new WeakMap<PolicyDestination, Place>();

/** Every policy is compared with every other: its networks are read once. */
function placeOf(destination: PolicyDestination): Place {
  const known = places.get(destination);
  if (known) return known;
  const { network, protocol, ports } = destination;
  const place = { protocol, ports, range: rangeOf(network) };
  places.set(destination, place);
  return place;
}

const covers = (outer: Place, inner: Place): boolean =>
  contains(outer.range, inner.range) &&
  (outer.protocol === "any" || outer.protocol === inner.protocol) &&
  (outer.ports === null ||
    (inner.ports !== null && outer.ports.from <= inner.ports.from && inner.ports.to <= outer.ports.to));

/** The policies before it that leave it nothing to decide, or none. */
function shadows(policy: NetworkPolicy, before: readonly NetworkPolicy[]): string[] {
  const blamed = new Set<string>();
  for (const place of policy.destinations.map(placeOf)) {
    const cover = before.find(({ destinations }) => destinations.some((each) => covers(placeOf(each), place)));
    if (!cover) return [];
    blamed.add(cover.id);
  }
  const isOpen = policy.fullTunnel ? before.find(({ fullTunnel }) => fullTunnel) : undefined;
  if (policy.fullTunnel && !isOpen) return [];
  return [...blamed, ...(isOpen ? [isOpen.id] : [])].filter((id, at, all) => all.indexOf(id) === at);
}

const WHOLE = ["0.0.0.0/0", "::/0"];

/** The policies before it that refuse a whole family of addresses to everybody it sends through the tunnel. */
const tunnelDeniers = (before: readonly NetworkPolicy[]): string[] =>
  before
    .filter(({ effect, destinations }) => {
      return effect === "deny" && destinations.some((each) => WHOLE.includes(each.network) && each.protocol === "any");
    })
    .map(({ id }) => id);

function destinationFindings(
  { id, destinations }: NetworkPolicy,
  { gatewayNetworks, pools }: Surroundings,
): RawFinding[] {
  const reached = gatewayNetworks?.map(rangeOf);
  const pooled = pools.map(rangeOf);
  return [...new Set(destinations.map(({ network }) => network))].flatMap((destination): RawFinding[] => {
    const range = rangeOf(destination);
    if (pooled.some((pool) => overlaps(pool, range)))
      return [{ kind: "pool-overlap", policyId: id, destination, by: [] }];
    if (!reached || reached.some((network) => overlaps(network, range))) return [];
    return [{ kind: "unreachable", policyId: id, destination, by: [] }];
  });
}

function inertFindings({ id, targets, destinations, fullTunnel }: NetworkPolicy): RawFinding[] {
  const findings: RawFinding[] = [];
  const add = (kind: LintKind) => findings.push({ kind, policyId: id, destination: null, by: [] });
  if (!targets.some(({ isExcluded }) => !isExcluded)) add("inert-targets");
  if (destinations.length === 0 && !fullTunnel) add("inert-destinations");
  return findings;
}

/** What is odd about one policy among the others. Only what surely holds is said. */
export function lint(policy: NetworkPolicy, surroundings: Surroundings): RawFinding[] {
  const inert = inertFindings(policy);
  if (inert.length > 0) return inert;
  const before = surroundings.policies.filter(
    (each) =>
      each.id !== policy.id &&
      each.isActive &&
      inOrder(each, policy) < 0 &&
      isForAllOf(each, policy) &&
      lastsAllOf(each, policy),
  );
  const findings: RawFinding[] = [];
  const by = shadows(policy, before);
  if (by.length > 0) findings.push({ kind: "shadowed", policyId: policy.id, destination: null, by });
  const deniers = policy.fullTunnel ? tunnelDeniers(before) : [];
  if (deniers.length > 0)
    findings.push({ kind: "full-tunnel-denied", policyId: policy.id, destination: null, by: deniers });
  // What is denied does not have to be there.
  return policy.effect === "allow" ? [...findings, ...destinationFindings(policy, surroundings)] : findings;
}
