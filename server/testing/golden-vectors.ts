import type { Decision } from "@/server/modules/policies/evaluate";
import type { NetworkPolicy, Subject } from "@/server/modules/policies/policy-model";
import { destination, idOf, NOW, policy, target } from "./network-policies";

/** A row of the table that says what policies mean, whoever enforces them. */
export interface GoldenVector {
  readonly name: string;
  readonly policies: readonly NetworkPolicy[];
  /** What of the device differs from one in good standing, in group 3. */
  readonly who?: Partial<Subject>;
  /** By destination: the verdict, and the policy it comes from, or why no policy gives it. */
  readonly expected: Readonly<Record<string, Expected>>;
}

export type Expected =
  | readonly [verdict: "allow", by: NetworkPolicy]
  | readonly [verdict: "deny", by: NetworkPolicy | Exclude<Decision["reason"], "policy">];

const group = [target("group", 3)];

const allow16 = (priority: number) =>
  policy(10, { priority, targets: group, destinations: [destination("10.0.0.0/16")] });
const denyHost = (priority: number) =>
  policy(11, { priority, effect: "deny", targets: group, destinations: [destination("10.0.3.4/32")] });

const ownHost = policy(20, {
  priority: 5,
  targets: [target("user", 2)],
  destinations: [destination("10.0.3.4/32")],
});
const deny8 = policy(21, { effect: "deny", targets: group, destinations: [destination("10.0.0.0/8")] });

export const fullTunnel = policy(30, { fullTunnel: true, targets: group });
/** Everything of IPv4, before anything else. */
export const wall = policy(31, { priority: 1, effect: "deny", destinations: [destination("0.0.0.0/0")] });
const wall6 = policy(32, { priority: 1, effect: "deny", destinations: [destination("::/0")] });

const everything = policy(40, { destinations: [destination("0.0.0.0/0"), destination("::/0")] });
/** Nothing is denied: who is silent then is not there. */
export const open: GoldenVector["policies"] = [everything];

const ofTwoGroups = policy(50, {
  targets: [target("group", 3), target("group", 4)],
  destinations: [destination("10.0.0.0/16")],
});
export const inGroups = (...groups: number[]): Partial<Subject> => ({
  owner: { id: idOf(2), isActive: true, groupIds: groups.map(idOf) },
});

const gated = (name: string, who: Partial<Subject>, reason: "device_state" | "user_state" | "expired") => ({
  name: `${name} reaches nothing, whatever policies say`,
  policies: open,
  who,
  expected: { "10.0.0.1": ["deny", reason], "8.8.8.8": ["deny", reason], "2606:4700::1": ["deny", reason] } as const,
});

/** In this order: whom the gate has kept out takes some seconds to come back. */
export const goldenVectors: readonly GoldenVector[] = [
  {
    name: "of the same priority, deny comes first",
    policies: [allow16(10), denyHost(10)],
    expected: { "10.0.3.4": ["deny", denyHost(10)], "10.0.9.9": ["allow", allow16(10)] },
  },
  {
    name: "a lower number comes first, however narrow the other's destination is",
    policies: [allow16(10), denyHost(20)],
    expected: { "10.0.3.4": ["allow", allow16(10)] },
  },
  {
    name: "one host opened for one user, all else of a /8 closed: what is opened behind that stays closed",
    policies: [ownHost, deny8, allow16(20)],
    expected: { "10.0.3.4": ["allow", ownHost], "10.0.9.9": ["deny", deny8] },
  },
  {
    name: "full tunnel opens the internet and nothing private",
    policies: [fullTunnel],
    expected: {
      "8.8.8.8": ["allow", fullTunnel],
      "2606:4700::1": ["allow", fullTunnel],
      "10.0.0.5": ["deny", "default"],
      "169.254.169.254": ["deny", "default"],
      "10.77.0.9": ["deny", "default"],
      "fd77::9": ["deny", "default"],
    },
  },
  {
    name: "a deny before full tunnel closes the internet",
    policies: [wall, fullTunnel],
    expected: { "8.8.8.8": ["deny", wall], "2606:4700::1": ["allow", fullTunnel] },
  },
  {
    name: "beside a network of IPv4, full tunnel keeps IPv6 as closed as a deny says",
    policies: [wall6, fullTunnel, allow16(20)],
    expected: { "2606:4700::1": ["deny", wall6], "10.0.9.9": ["allow", allow16(20)], "fd77::9": ["deny", wall6] },
  },
  {
    name: "without a policy nothing is reached",
    policies: [],
    expected: { "10.0.0.1": ["deny", "default"], "8.8.8.8": ["deny", "default"], "2606:4700::1": ["deny", "default"] },
  },
  {
    name: "in two groups of one policy, a device reaches what it opens",
    policies: [ofTwoGroups],
    who: inGroups(3, 4),
    expected: { "10.0.9.9": ["allow", ofTwoGroups], "8.8.8.8": ["deny", "default"] },
  },
  {
    name: "in one of the two groups, it reaches the same",
    policies: [ofTwoGroups],
    who: inGroups(4),
    expected: { "10.0.9.9": ["allow", ofTwoGroups], "8.8.8.8": ["deny", "default"] },
  },
  gated("a device that is not active", { isActive: false }, "device_state"),
  gated(
    "a device whose user is not active",
    { owner: { id: idOf(2), isActive: false, groupIds: [idOf(3)] } },
    "user_state",
  ),
  gated("a device that has expired", { expiresAt: NOW }, "expired"),
];
