import fc from "fast-check";
import { expect, it } from "vitest";
import { destination, NOW, PRIVATE, policy, subject, target } from "@/server/testing/network-policies";
import { compiler } from "./compile";
import { withoutElsewhere } from "./gateway-rules";
import type { NetworkPolicy } from "./policy-model";
import { evaluateProfile } from "./profile-evaluation";

const ELSEWHERE = ["10.2.0.0/16"];
const everybody = [target("group", 3)];

function verdict(policies: NetworkPolicy[], to: string) {
  const { profile } = compiler({ policies, privateNetworks: PRIVATE, now: NOW })(subject());
  return evaluateProfile({ rules: profile.rules, privateNetworks: PRIVATE }, { destination: to }).verdict;
}

const open = policy(1, { targets: everybody, destinations: [destination("10.1.0.0/16"), destination("10.2.3.0/24")] });

it("a gateway is not told of what policies allow behind another", () => {
  expect(withoutElsewhere(open, ELSEWHERE).destinations.map(({ network }) => network)).toEqual(["10.1.0.0/16"]);
  expect(withoutElsewhere(open, [])).toBe(open);
});

it("it keeps what is only partly behind another, and all that is denied", () => {
  const wide = policy(2, { targets: everybody, destinations: [destination("10.0.0.0/8")] });
  const closed = policy(3, { effect: "deny", targets: everybody, destinations: [destination("10.2.3.0/24")] });
  expect(withoutElsewhere(wide, ELSEWHERE)).toBe(wide);
  expect(withoutElsewhere(closed, ELSEWHERE)).toBe(closed);
});

it("nothing passes at a gateway that the policies as a whole refuse", () => {
  const place = fc.constantFrom(
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.2.0.0/16",
    "10.2.3.0/24",
    "10.2.3.4/32",
    "10.3.0.0/16",
  );
  const anyPolicy = fc.record({
    priority: fc.integer({ min: 0, max: 3 }),
    effect: fc.constantFrom("allow" as const, "deny" as const),
    destinations: fc.array(
      place.map((network) => destination(network)),
      { minLength: 1, maxLength: 3 },
    ),
  });
  fc.assert(
    fc.property(
      fc.array(anyPolicy, { maxLength: 5 }),
      fc.constantFrom("10.1.0.1", "10.2.3.4", "10.2.9.9", "10.3.0.1"),
      (drawn, to) => {
        const policies = drawn.map((fields, at) => policy(at + 1, { targets: everybody, ...fields }));
        const known = policies.map((each) => withoutElsewhere(each, ELSEWHERE));
        if (verdict(policies, to) === "deny") expect(verdict(known, to)).toBe("deny");
        if (!to.startsWith("10.2.")) expect(verdict(known, to)).toBe(verdict(policies, to));
      },
    ),
  );
});
