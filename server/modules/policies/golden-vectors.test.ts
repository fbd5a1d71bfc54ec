import { describe, expect, it } from "vitest";
import { destination, NOW, PRIVATE, policy, subject, target } from "@/server/testing/network-policies";
import { clientRoutes, compiler } from "./compile";
import { evaluate } from "./evaluate";
import { lint } from "./lint";
import type { NetworkPolicy, Subject } from "./policy-model";
import { evaluateProfile } from "./profile-evaluation";

const group = [target("group", 3)];
const user = [target("user", 2)];

/** What the definition says; the compiled profile has to say it too. */
function ask(policies: NetworkPolicy[], to: string, who: Subject = subject()) {
  const rulebook = { policies, privateNetworks: PRIVATE };
  const decision = evaluate(rulebook, who, { destination: to, now: NOW });
  const { profile } = compiler({ ...rulebook, now: NOW })(who);
  const compiled = evaluateProfile({ rules: profile.rules, privateNetworks: PRIVATE }, { destination: to });
  expect(compiled.verdict).toBe(decision.verdict);
  return decision;
}

const routes = (policies: NetworkPolicy[]) =>
  clientRoutes(compiler({ policies, privateNetworks: PRIVATE, now: NOW })(subject()).profile);

const allow16 = (priority: number) =>
  policy(10, { priority, targets: group, destinations: [destination("10.0.0.0/16")] });
const denyHost = (priority: number) =>
  policy(11, { priority, effect: "deny", targets: group, destinations: [destination("10.0.3.4/32")] });

describe("priorities", () => {
  it("of the same priority, deny comes first", () => {
    const { verdict, decidedBy } = ask([allow16(10), denyHost(10)], "10.0.3.4");
    expect(verdict).toBe("deny");
    expect(decidedBy?.policyId).toBe(denyHost(10).id);
  });

  it("a lower number comes first, however narrow the other's destination is", () => {
    expect(ask([allow16(10), denyHost(20)], "10.0.3.4").verdict).toBe("allow");
  });

  it("three layers: one host for one user, all else of a /8 closed, and what is opened behind that stays closed", () => {
    const layers = [
      policy(20, { priority: 5, targets: user, destinations: [destination("10.0.3.4/32")] }),
      policy(21, { priority: 10, effect: "deny", targets: group, destinations: [destination("10.0.0.0/8")] }),
      policy(22, { priority: 20, targets: group, destinations: [destination("10.0.0.0/16")] }),
    ];
    expect(ask(layers, "10.0.3.4").verdict).toBe("allow");
    expect(ask(layers, "10.0.9.9").verdict).toBe("deny");
  });
});

describe("full tunnel", () => {
  const full = policy(30, { fullTunnel: true, targets: group });

  it.each([
    ["8.8.8.8", "allow"],
    ["10.0.0.5", "deny"],
    ["169.254.169.254", "deny"],
    ["10.77.0.9", "deny"],
  ])("opens the internet and nothing private: %s is %s", (to, verdict) => {
    expect(ask([full], to).verdict).toBe(verdict);
  });

  it("sends everything into the tunnel although an earlier policy denies it all, and lint says so", () => {
    const wall = policy(31, { priority: 1, effect: "deny", destinations: [destination("0.0.0.0/0")] });
    expect(ask([wall, full], "8.8.8.8").verdict).toBe("deny");
    expect(routes([wall, full])).toEqual(["0.0.0.0/0", "::/0"]);
    const findings = lint(full, { policies: [wall, full], gatewayNetworks: null, pools: [] });
    expect(findings).toContainEqual({
      kind: "full-tunnel-denied",
      policyId: full.id,
      destination: null,
      by: [wall.id],
    });
  });

  it("captures IPv6 too where only IPv4 is allowed, so that nothing leaks past the tunnel", () => {
    const v4 = policy(32, { priority: 20, targets: group, destinations: [destination("10.0.0.0/16")] });
    const noV6 = policy(33, { priority: 1, effect: "deny", destinations: [destination("::/0")] });
    expect(routes([full, v4])).toContain("::/0");
    expect(ask([noV6, full, v4], "2606:4700::1").verdict).toBe("deny");
    expect(ask([full, v4], "fd77::9").verdict).toBe("deny");
  });
});

describe("nothing", () => {
  it("is reached without a policy", () => {
    expect(ask([], "10.0.0.1")).toMatchObject({ verdict: "deny", reason: "default", decidedBy: null });
  });

  const open = policy(40, { destinations: [destination("0.0.0.0/0")] });
  it.each<[string, Partial<Subject>, string]>([
    ["a device that is not active", { isActive: false }, "device_state"],
    ["a user who is not active", { owner: { id: null, isActive: false, groupIds: [] } }, "user_state"],
    ["a device that has expired", { expiresAt: NOW }, "expired"],
  ])("is reached by %s, whatever policies say", (_, rest, reason) => {
    expect(ask([open], "10.0.0.1", subject(rest))).toMatchObject({ verdict: "deny", reason, considered: [] });
  });
});

it("of two groups of one policy, leaving one changes nothing", () => {
  const both = policy(50, {
    targets: [target("group", 3), target("group", 4)],
    destinations: [destination("10.0.0.0/16")],
  });
  const of = (groupIds: number[]) =>
    compiler({ policies: [both], privateNetworks: PRIVATE, now: NOW })(
      subject({ owner: { id: null, isActive: true, groupIds: groupIds.map((n) => target("group", n).id ?? "") } }),
    ).profile;
  expect(of([3, 4]).rules).toHaveLength(1);
  expect(of([3]).hash).toBe(of([3, 4]).hash);
  expect(of([4]).hash).toBe(of([3, 4]).hash);
});

it("a policy without targets, or without destinations, matches nothing", () => {
  const noTargets = policy(60, { targets: [], destinations: [destination("10.0.0.0/16")] });
  const noDestinations = policy(61, { effect: "deny", priority: 0 });
  expect(ask([noTargets, noDestinations], "10.0.0.1").reason).toBe("default");
  const kinds = (each: NetworkPolicy) =>
    lint(each, { policies: [each], gatewayNetworks: null, pools: [] }).map(({ kind }) => kind);
  expect(kinds(noTargets)).toEqual(["inert-targets"]);
  expect(kinds(noDestinations)).toEqual(["inert-destinations"]);
});
