import { contains, rangeOf } from "./address-range";
import type { NetworkPolicy } from "./policy-model";

/**
 * A policy as a gateway has to know it: without what it allows behind other gateways, where no way leads through this
 * one. What it denies stays whole, so that nothing is let through that a policy before it refuses.
 */
export function withoutElsewhere<Policy extends NetworkPolicy>(policy: Policy, elsewhere: readonly string[]): Policy {
  if (policy.effect === "deny" || elsewhere.length === 0) return policy;
  const others = elsewhere.map(rangeOf);
  const destinations = policy.destinations.filter(({ network }) => {
    const range = rangeOf(network);
    return !others.some((other) => contains(other, range));
  });
  return destinations.length === policy.destinations.length ? policy : { ...policy, destinations };
}
