import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  destination,
  NOW,
  PRIVATE,
  policy,
  somePacket,
  somePolicies,
  someSubject,
  subject,
} from "@/server/testing/network-policies";
import { compiler } from "./compile";
import type { NetworkPolicy } from "./policy-model";
import { evaluateProfile } from "./profile-evaluation";
import { Reachability, type Traffic } from "./reach";

const rulesOf = (...policies: NetworkPolicy[]) =>
  compiler({ policies, privateNetworks: PRIVATE, now: NOW })(subject()).profile.rules;
const reachability = new Reachability(PRIVATE);
const any = (to: string): Traffic => ({ destination: to, protocol: "any", ports: null });
const https = { protocol: "tcp" as const, ports: { from: 443, to: 443 } };

describe("the reach of rules", () => {
  const rules = rulesOf(
    policy(1, { effect: "deny", destinations: [destination("10.0.3.0/24")] }),
    policy(2, { destinations: [destination("10.0.0.0/16"), destination("10.5.0.1/32", https)] }),
    policy(3, { fullTunnel: true }),
  );

  it.each([
    ["10.0.4.0/24", "allow"],
    ["10.0.3.0/25", "deny"],
    ["10.0.0.0/16", "partly"],
    ["10.0.0.0/8", "partly"],
    ["10.5.0.1", "partly"],
    ["internet", "allow"],
    ["0.0.0.0/0", "partly"],
    ["2606:4700::/32", "allow"],
    ["fd00::/8", "deny"],
  ])("to all of %s is %s", (to, reach) => {
    expect(reachability.of(rules, any(to))).toBe(reach);
  });

  it("of one port is exact where that of the address depends", () => {
    expect(reachability.of(rules, { destination: "10.5.0.1", ...https })).toBe("allow");
    expect(reachability.of(rules, { ...https, destination: "10.5.0.1", ports: { from: 443, to: 444 } })).toBe("partly");
    expect(reachability.of(rules, { ...https, destination: "10.5.0.1", protocol: "udp" })).toBe("deny");
  });

  it("never disagrees with a single packet", () => {
    fc.assert(
      fc.property(somePolicies, someSubject, somePacket, (policies, who, packet) => {
        const { rules } = compiler({ policies, privateNetworks: PRIVATE, now: NOW })(who).profile;
        const { verdict } = evaluateProfile({ rules, privateNetworks: PRIVATE }, packet);
        const { destination: to, protocol, port } = packet;
        const whole = reachability.of(rules, any(to));
        if (whole !== "partly") expect(verdict).toBe(whole);
        const ports = port === undefined ? null : { from: port, to: port };
        if (protocol) expect(reachability.of(rules, { destination: to, protocol, ports })).toBe(verdict);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a change", () => {
  const before = rulesOf(policy(1, { destinations: [destination("10.0.0.0/16")] }));

  it("is won and lost at once where both happen within one network", () => {
    const after = rulesOf(policy(1, { destinations: [destination("10.1.0.0/16")] }));
    expect(reachability.change(before, after, any("10.0.0.0/15"))).toEqual({
      before: "partly",
      after: "partly",
      gains: true,
      loses: true,
    });
  });

  it("is none where other rules say the same", () => {
    const after = rulesOf(policy(7, { destinations: [destination("10.0.0.0/17"), destination("10.0.128.0/17")] }));
    expect(reachability.change(before, after, any("10.0.0.0/8"))).toMatchObject({ gains: false, loses: false });
  });
});
