import { lint, type Surroundings } from "./lint";
import type { NetworkPolicy } from "./policy-model";

interface Named extends NetworkPolicy {
  readonly name: string;
}

interface Among extends Surroundings {
  policies: readonly Named[];
}

/** What is odd about a policy, with the names of those that are to blame. */
export function findingsOf(policy: NetworkPolicy, among: Among) {
  const names = new Map(among.policies.map(({ id, name }) => [id, name]));
  return lint(policy, among).map(({ kind, destination, by }) => ({
    kind,
    destination,
    by: by.map((id) => ({ id, name: names.get(id) ?? "" })),
  }));
}
