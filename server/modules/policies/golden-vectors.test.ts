import { describe, expect, it } from "vitest";
import { fullTunnel, type GoldenVector, goldenVectors, inGroups, wall } from "@/server/testing/golden-vectors";
import { destination, NOW, PRIVATE, policy, subject, target } from "@/server/testing/network-policies";
import { clientRoutes, compiler } from "./compile";
import { evaluate } from "./evaluate";
import { lint } from "./lint";
import type { NetworkPolicy } from "./policy-model";
import { evaluateProfile } from "./profile-evaluation";

// The same table as real packets: agent/gateway/golden-vectors.test.ts.

const compiled = ({ policies, who = {} }: Pick<GoldenVector, "policies" | "who">) =>
  compiler({ policies, privateNetworks: PRIVATE, now: NOW })(subject(who)).profile;

describe.each(goldenVectors)("$name", ({ policies, who, expected }) => {
  it.each(Object.entries(expected))("%s by the definition, and by the compiled profile", (to, [verdict, by]) => {
    const reason = typeof by === "string" ? by : "policy";
    const policyId = typeof by === "string" ? null : by.id;
    const rulebook = { policies, privateNetworks: PRIVATE };
    const decision = evaluate(rulebook, subject(who), { destination: to, now: NOW });
    expect(decision).toMatchObject({ verdict, reason, decidedBy: policyId && { policyId } });
    const { rules } = compiled({ policies, who });
    expect(evaluateProfile({ rules, privateNetworks: PRIVATE }, { destination: to })).toEqual({ verdict, policyId });
    if (reason !== "policy" && reason !== "default") expect(decision.considered).toEqual([]);
  });
});

describe("full tunnel", () => {
  const routes = (policies: NetworkPolicy[]) => clientRoutes(compiled({ policies }));

  it("sends everything into the tunnel although an earlier policy denies it all, and lint says so", () => {
    expect(routes([wall, fullTunnel])).toEqual(["0.0.0.0/0", "::/0"]);
    const findings = lint(fullTunnel, { policies: [wall, fullTunnel], gatewayNetworks: null, pools: [] });
    expect(findings).toContainEqual({
      kind: "full-tunnel-denied",
      policyId: fullTunnel.id,
      destination: null,
      by: [wall.id],
    });
  });

  it("captures IPv6 too where only IPv4 is allowed, so that nothing leaks past the tunnel", () => {
    const v4 = policy(33, { priority: 20, targets: [target("group", 3)], destinations: [destination("10.0.0.0/16")] });
    expect(routes([fullTunnel, v4])).toContain("::/0");
  });
});

it("of two groups of one policy, leaving one changes nothing", () => {
  const both = policy(50, {
    targets: [target("group", 3), target("group", 4)],
    destinations: [destination("10.0.0.0/16")],
  });
  const of = (...groups: number[]) => compiled({ policies: [both], who: inGroups(...groups) });
  expect(of(3, 4).rules).toHaveLength(1);
  expect(of(3).hash).toBe(of(3, 4).hash);
  expect(of(4).hash).toBe(of(3, 4).hash);
});

it("a policy without targets, or without destinations, matches nothing", () => {
  const noTargets = policy(60, { targets: [], destinations: [destination("10.0.0.0/16")] });
  const noDestinations = policy(61, { effect: "deny", priority: 0 });
  const rulebook = { policies: [noTargets, noDestinations], privateNetworks: PRIVATE };
  expect(evaluate(rulebook, subject(), { destination: "10.0.0.1", now: NOW }).reason).toBe("default");
  const kinds = (each: NetworkPolicy) =>
    lint(each, { policies: [each], gatewayNetworks: null, pools: [] }).map(({ kind }) => kind);
  expect(kinds(noTargets)).toEqual(["inert-targets"]);
  expect(kinds(noDestinations)).toEqual(["inert-destinations"]);
});
