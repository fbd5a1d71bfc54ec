import { describe, expect, it } from "vitest";
import { destination, NOW, POOLS, policy, target } from "@/server/testing/network-policies";
import { lint } from "./lint";
import type { NetworkPolicy } from "./policy-model";

const findings = (of: NetworkPolicy, before: NetworkPolicy[], gatewayNetworks: string[] | null = null) =>
  lint(of, { policies: [...before, of], gatewayNetworks, pools: POOLS });

const to = (...networks: string[]) => ({ destinations: networks.map((each) => destination(each)) });
const wide = policy(1, { priority: 1, ...to("10.0.0.0/8") });
const narrow = policy(2, { priority: 2, ...to("10.1.0.0/16", "10.2.0.0/16") });

describe("shadowed", () => {
  it("is a policy all of whose destinations are decided before, by the policies it names", () => {
    expect(findings(narrow, [wide])).toContainEqual(
      expect.objectContaining({ kind: "shadowed", policyId: narrow.id, by: [wide.id] }),
    );
  });

  it.each<[string, Partial<NetworkPolicy>]>([
    ["is for fewer people", { targets: [target("group", 3)] }],
    ["excludes somebody", { targets: [target("all"), target("user", 2, true)] }],
    ["ends at some time", { endsAt: NOW }],
    ["comes later", { priority: 3 }],
    ["is switched off", { isActive: false }],
    ["is for one protocol", { destinations: [destination("10.0.0.0/8", { protocol: "tcp" })] }],
    ["covers but one destination", to("10.1.0.0/16")],
  ])("is not a policy whose forerunner %s", (_, rest) => {
    expect(findings(narrow, [{ ...wide, ...rest }])).toEqual([]);
  });
});

describe("a destination", () => {
  it("that no gateway reaches is found, once there are gateways; a denied one is not", () => {
    const unreachable = { kind: "unreachable", policyId: narrow.id, destination: "10.2.0.0/16", by: [] };
    expect(findings(narrow, [], ["10.1.0.0/24"])).toEqual([unreachable]);
    expect(findings(narrow, [])).toEqual([]);
    expect(findings({ ...narrow, effect: "deny" }, [], ["10.1.0.0/24"])).toEqual([]);
  });

  it("in a pool is found: it opens devices to devices", () => {
    const open = policy(3, to("10.77.4.0/24"));
    expect(findings(open, [])).toEqual([
      { kind: "pool-overlap", policyId: open.id, destination: "10.77.4.0/24", by: [] },
    ]);
  });
});
