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
  target,
} from "@/server/testing/network-policies";
import { compiler } from "./compile";
import { type ExplainedPart, explained, type Question } from "./explanation";
import type { NetworkPolicy, Packet } from "./policy-model";
import { evaluateProfile } from "./profile-evaluation";
import { Reachability } from "./reach";

const rulebook = (policies: readonly NetworkPolicy[]) => ({ policies, privateNetworks: PRIVATE });

const ask = (policies: readonly NetworkPolicy[], question: Partial<Question> = {}, who = subject()) =>
  explained(rulebook(policies), who, { dst: "10.0.0.5", protocol: "any", port: null, now: NOW, ...question });

/** Questions that hold the packet, from the exact one to the widest. */
const questionsOf = ({ destination: dst, protocol, port }: Packet): Question[] => [
  { dst, protocol: protocol ?? "any", port: port ?? null },
  ...(protocol ? [{ dst, protocol, port: null }] : []),
  { dst, protocol: "any", port: null },
];

const holds = ({ protocol, ports }: ExplainedPart, packet: Packet): boolean => {
  if (protocol !== "any" && protocol !== (packet.protocol ?? "other")) return false;
  return !ports || (packet.port !== undefined && ports.from <= packet.port && packet.port <= ports.to);
};

describe("an explanation", () => {
  it("says of every packet within its question what the gateway does with it, and on whose word", () => {
    fc.assert(
      fc.property(somePolicies, someSubject, somePacket, (policies, who, packet) => {
        const { profile, refusal } = compiler({ ...rulebook(policies), now: NOW })(who);
        const enforced = evaluateProfile({ rules: profile.rules, privateNetworks: PRIVATE }, packet);
        for (const question of questionsOf(packet)) {
          const { parts, reason, verdict } = ask(policies, question, who);
          if (refusal) expect({ reason, verdict, parts }).toEqual({ reason: refusal, verdict: "deny", parts: [] });
          const said = parts.filter((part) => holds(part, packet));
          const wanted = { verdict: enforced.verdict, policyId: enforced.policyId };
          expect(said.map((part) => ({ verdict: part.verdict, policyId: part.decidedBy?.policyId ?? null }))).toEqual(
            refusal ? [] : [wanted],
          );
        }
      }),
      { numRuns: 1000 },
    );
  }, 60_000);

  it("sums up what policy tests and previews sum up", () => {
    fc.assert(
      fc.property(somePolicies, someSubject, somePacket, (policies, who, packet) => {
        const { profile } = compiler({ ...rulebook(policies), now: NOW })(who);
        for (const question of questionsOf(packet).slice(packet.protocol ? 0 : 1)) {
          const { protocol, port, dst } = question;
          const ports = port === null ? null : { from: port, to: port };
          const reach = new Reachability(PRIVATE).of(profile.rules, { destination: dst, protocol, ports });
          expect(ask(policies, question, who).verdict).toBe(reach);
        }
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it("tells apart only what goes another way or for another reason", () => {
    const web = policy(1, {
      destinations: [
        destination("10.0.0.0/24", { protocol: "tcp", ports: { from: 80, to: 80 } }),
        destination("10.0.0.0/24", { protocol: "tcp", ports: { from: 81, to: 443 } }),
      ],
    });
    expect(ask([web]).verdict).toBe("partly");
    expect(ask([web]).parts.map(({ protocol, ports, verdict }) => [protocol, ports, verdict])).toEqual([
      ["tcp", { from: 1, to: 79 }, "deny"],
      ["tcp", { from: 80, to: 443 }, "allow"],
      ["tcp", { from: 444, to: 65_535 }, "deny"],
      ["udp", null, "deny"],
      ["icmp", null, "deny"],
      ["other", null, "deny"],
    ]);
    expect(ask([web], { protocol: "tcp", port: 443 }).parts).toMatchObject([
      { protocol: "tcp", ports: { from: 443, to: 443 }, verdict: "allow", decidedBy: { destination: "10.0.0.0/24" } },
    ]);
    expect(ask([web], { protocol: "udp" }).parts).toEqual([
      { protocol: "udp", ports: null, verdict: "deny", decidedBy: null },
    ]);
  });

  it("says of every policy, in order, why it decided nothing", () => {
    const all = [destination("10.0.0.0/8")];
    const policies = [
      policy(7, { priority: 7, destinations: all }),
      policy(6, { priority: 6, destinations: all }),
      policy(5, { priority: 5, destinations: [destination("10.9.0.0/16")] }),
      policy(4, { priority: 4, destinations: all, targets: [target("all"), target("tag", 5, true)] }),
      policy(3, { priority: 3, destinations: all, targets: [target("tag", 6)] }),
      policy(2, { priority: 2, destinations: all, endsAt: NOW }),
      policy(1, { priority: 1, destinations: all, isActive: false }),
    ];
    const { considered, reason, verdict } = ask(policies);
    expect({ reason, verdict }).toEqual({ reason: "policy", verdict: "allow" });
    expect(considered.map(({ isMatch, whyNot }) => (isMatch ? "decides" : whyNot))).toEqual([
      ...["disabled", "window", "no_target", "excluded", "dst_mismatch", "decides", "lower_order"],
    ]);
  });

  it("counts a policy that decides about one port as deciding", () => {
    const first = policy(1, {
      effect: "deny",
      destinations: [destination("10.0.0.5/32", { protocol: "tcp", ports: { from: 22, to: 22 } })],
    });
    const rest = policy(2, { priority: 20, destinations: [destination("10.0.0.0/8")] });
    expect(ask([first, rest]).considered.map(({ isMatch }) => isMatch)).toEqual([true, true]);
    expect(ask([first, rest], { protocol: "tcp", port: 22 }).considered).toMatchObject([
      { isMatch: true, whyNot: null },
      { isMatch: false, whyNot: "lower_order" },
    ]);
  });
});
