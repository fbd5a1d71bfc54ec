import { createHash } from "node:crypto";
import type { ProfileRule } from "@/server/modules/gateways/state.schema";
import { aggregate } from "./address-range";
import {
  type GateReason,
  gateReason,
  isInWindow,
  type NetworkPolicy,
  type Rulebook,
  type Subject,
} from "./policy-model";
import { type RuleTable, ruleTable, type TableRule } from "./rule-table";

export interface CompiledProfile {
  readonly hash: string;
  /** The first that matches decides; what none matches is denied. */
  readonly rules: readonly ProfileRule[];
  /** The policies it is made of, in order. */
  readonly policies: readonly NetworkPolicy[];
  /** When a policy's window opens or closes next for whoever has this profile. */
  readonly changesAt: Date | null;
}

export interface Compiled {
  /** Why the subject gets nothing at all; its profile is the empty one. */
  readonly refusal: GateReason | null;
  readonly profile: CompiledProfile;
  /** When this answer stops being true by itself: a window, or the subject's own end. */
  readonly changesAt: Date | null;
}

interface CompileOptions extends Rulebook {
  readonly now: Date;
  /** Whether rules that an earlier one of the same profile leaves nothing to do are kept. */
  readonly keepsShadowed?: boolean;
}

const EMPTY_JSON = "[]";

const hashOf = (json: string): string => createHash("sha256").update(json).digest("hex").slice(0, 16);

const EMPTY: CompiledProfile = { hash: hashOf(EMPTY_JSON), rules: [], policies: [], changesAt: null };

/** The earliest moment after now. */
export function earliest(moments: Iterable<Date | null>, now: Date): Date | null {
  let first: Date | null = null;
  for (const moment of moments) if (moment && moment > now && (!first || moment < first)) first = moment;
  return first;
}

/** For each user, device, group and tag, and for all: the policies with such a target, by their place in the order. */
function targetIndex({ policies }: RuleTable, isExcluded: boolean): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>();
  policies.forEach(({ targets }, at) => {
    for (const target of targets.filter((each) => each.isExcluded === isExcluded)) {
      const key = `${target.type} ${target.id ?? ""}`;
      const places = index.get(key);
      if (places) places.push(at);
      else index.set(key, [at]);
    }
  });
  return index;
}

const keysOf = ({ deviceId, owner, tagIds }: Subject): string[] => [
  "all ",
  ...(deviceId === null ? [] : [`device ${deviceId}`]),
  ...(owner?.id ? [`user ${owner.id}`] : []),
  ...(owner?.groupIds ?? []).map((id) => `group ${id}`),
  ...tagIds.map((id) => `tag ${id}`),
];

function placesOf(index: ReadonlyMap<string, readonly number[]>, keys: readonly string[]): Set<number> {
  const places = new Set<number>();
  for (const key of keys) for (const at of index.get(key) ?? []) places.add(at);
  return places;
}

function profileOf(table: RuleTable, targeted: readonly number[], { now, keepsShadowed }: CompileOptions) {
  const policyAt = (at: number) => table.policies[at] as NetworkPolicy;
  const applied = new Set(targeted.filter((at) => isInWindow(policyAt(at), now)));
  const isLeft = ({ coveredBy }: TableRule) => keepsShadowed || !coveredBy.some((each) => applied.has(each.policyAt));
  const rules = [...applied].flatMap((at) => (table.rulesOf[at] ?? []).filter(isLeft));
  return {
    hash: hashOf(`[${rules.map(({ json }) => json).join(",")}]`),
    rules: rules.map(({ rule }) => rule),
    policies: [...applied].map(policyAt),
    changesAt: earliest(
      targeted.flatMap((at) => [policyAt(at).startsAt, policyAt(at).endsAt]),
      now,
    ),
  };
}

/**
 * Compiles policies for any number of subjects at one moment. Subjects that the same policies are for share one profile,
 * which is made once.
 */
export function compiler(options: CompileOptions): (subject: Subject) => Compiled {
  const table = ruleTable(options);
  const included = targetIndex(table, false);
  const excluded = targetIndex(table, true);
  const profiles = new Map<string, CompiledProfile>();
  return (subject) => {
    const refusal = gateReason(subject, options.now) ?? null;
    if (refusal) return { refusal, profile: EMPTY, changesAt: null };
    const keys = keysOf(subject);
    const without = placesOf(excluded, keys);
    const targeted = [...placesOf(included, keys)].filter((at) => !without.has(at)).sort((a, b) => a - b);
    const key = targeted.join(" ");
    const profile = profiles.get(key) ?? profileOf(table, targeted, options);
    profiles.set(key, profile);
    return { refusal, profile, changesAt: earliest([profile.changesAt, subject.expiresAt], options.now) };
  };
}

/** Both families whole. */
export const EVERYTHING: readonly string[] = ["0.0.0.0/0", "::/0"];

/** What policies let a device send where, full tunnel aside. A deny takes nothing away. */
export interface AllowedNetworks {
  readonly networks: readonly string[];
  readonly isFullTunnel: boolean;
}

export function allowedNetworks({ policies }: Pick<CompiledProfile, "policies">): AllowedNetworks {
  const allowing = policies.filter(({ effect }) => effect === "allow");
  return {
    networks: aggregate(allowing.flatMap(({ destinations }) => destinations.map(({ network }) => network))),
    isFullTunnel: allowing.some(({ fullTunnel }) => fullTunnel),
  };
}

/**
 * What a device sends into the private network, whichever gateway it goes to. Full tunnel is everything of both families,
 * so that nothing leaks; otherwise it is what policies allow. What is denied enters the tunnel and is refused there.
 */
export function clientRoutes(profile: Pick<CompiledProfile, "policies">): readonly string[] {
  const { networks, isFullTunnel } = allowedNetworks(profile);
  return isFullTunnel ? EVERYTHING : networks;
}
