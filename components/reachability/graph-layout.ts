import type { GraphDestination, GraphPolicy } from "@/server/modules/policies/graph.schema";
import type { TargetLabel } from "@/server/modules/policies/schema";

/** How many of each the picture holds. */
export const MAX_NODES = 24;

const ROW = 44;
const TOP = 8;

export const COLUMNS = { target: 0, policy: 310, destination: 620 } as const;
export const NODE = { width: 220, height: 34 } as const;
export const PICTURE_WIDTH = COLUMNS.destination + NODE.width;

export interface Placed<Of> {
  key: string;
  y: number;
  of: Of;
}

export interface Line {
  key: string;
  path: string;
  effect: GraphPolicy["effect"];
  /** The target is left out by the policy. */
  isExcluded: boolean;
}

export interface Layout {
  targets: Placed<TargetLabel>[];
  policies: Placed<GraphPolicy>[];
  destinations: Placed<GraphDestination>[];
  lines: Line[];
  height: number;
  /** What the picture has no room for. */
  left: { policies: number; ends: number };
}

const targetKey = ({ type, id }: TargetLabel): string => `${type} ${id ?? ""}`;

/** One node for a network, however many kinds of traffic to it policies tell apart. */
const destinationKey = ({ network }: GraphDestination): string => network;

/** Each once, in the order in which the policies name them. */
function distinct<Of>(all: readonly Of[], keyOf: (of: Of) => string): [string, Of][] {
  const found = new Map<string, Of>();
  for (const of of all) if (!found.has(keyOf(of))) found.set(keyOf(of), of);
  return [...found];
}

/** One below the other, in the middle of the picture's height. */
function placed<Of>(nodes: readonly [string, Of][], height: number): Placed<Of>[] {
  const first = (height - nodes.length * ROW) / 2;
  return nodes.map(([key, of], at) => ({ key, of, y: first + at * ROW + (ROW - NODE.height) / 2 }));
}

const middle = (y: number): number => y + NODE.height / 2;

/** From the end of one node to the start of another, leaving and arriving level. */
function curve(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const bend = (from.x + to.x) / 2;
  return `M ${from.x} ${from.y} C ${bend} ${from.y}, ${bend} ${to.y}, ${to.x} ${to.y}`;
}

const heightsOf = (nodes: readonly Placed<unknown>[]) => new Map(nodes.map(({ key, y }) => [key, y]));

function linesIn({ of: policy, y }: Placed<GraphPolicy>, targets: readonly Placed<TargetLabel>[]): Line[] {
  const heights = heightsOf(targets);
  return policy.targets.flatMap((target) => {
    const at = heights.get(targetKey(target));
    if (at === undefined) return [];
    const path = curve({ x: COLUMNS.target + NODE.width, y: middle(at) }, { x: COLUMNS.policy, y: middle(y) });
    return [{ key: `${targetKey(target)} ${policy.id}`, path, effect: policy.effect, isExcluded: target.isExcluded }];
  });
}

function linesOut({ of: policy, y }: Placed<GraphPolicy>, destinations: readonly Placed<GraphDestination>[]): Line[] {
  const heights = heightsOf(destinations);
  return distinct(policy.destinations, destinationKey).flatMap(([key]) => {
    const at = heights.get(key);
    if (at === undefined) return [];
    const path = curve({ x: COLUMNS.policy + NODE.width, y: middle(y) }, { x: COLUMNS.destination, y: middle(at) });
    return [{ key: `${policy.id} ${key}`, path, effect: policy.effect, isExcluded: false }];
  });
}

/** Where everything stands: whom policies are for, the policies in their order, what they lead to, and the lines between. */
export function graphLayout(all: readonly GraphPolicy[]): Layout {
  const policies = all.slice(0, MAX_NODES);
  const allTargets = distinct(
    policies.flatMap((policy) => policy.targets),
    targetKey,
  );
  const allDestinations = distinct(
    policies.flatMap((policy) => policy.destinations),
    destinationKey,
  );
  const rows = [policies.length, allTargets.length, allDestinations.length].map((count) => Math.min(count, MAX_NODES));
  const height = Math.max(...rows) * ROW + 2 * TOP;
  const targets = placed(allTargets.slice(0, MAX_NODES), height);
  const destinations = placed(allDestinations.slice(0, MAX_NODES), height);
  const centres = placed(
    policies.map((policy): [string, GraphPolicy] => [policy.id, policy]),
    height,
  );
  const lines = centres.flatMap((centre) => [...linesIn(centre, targets), ...linesOut(centre, destinations)]);
  const unnamed = policies.reduce(
    (sum, each) => sum + each.targetCount - each.targets.length + each.destinationCount - each.destinations.length,
    0,
  );
  const undrawn = allTargets.length - targets.length + allDestinations.length - destinations.length;
  const left = { policies: all.length - policies.length, ends: unnamed + undrawn };
  return { targets, policies: centres, destinations, lines, height, left };
}
