import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "@/server/core/crypto";
import { ProfileHash, ProfileRule } from "@/server/modules/gateways/state.schema";
import {
  destination,
  idOf,
  NOW,
  PRIVATE,
  policy,
  somePacket,
  somePolicies,
  someSubject,
  subject,
  target,
} from "@/server/testing/network-policies";
import { clientRoutes, compiler } from "./compile";
import { evaluate } from "./evaluate";
import type { NetworkPolicy, Subject } from "./policy-model";
import { evaluateProfile } from "./profile-evaluation";

const compiled = (policies: readonly NetworkPolicy[], who: Subject, rest: { keepsShadowed?: boolean } = {}) =>
  compiler({ policies, privateNetworks: PRIVATE, now: NOW, ...rest })(who);

const hourFromNow = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000);

describe("a compiled profile", () => {
  it("says of every packet what the definition says, 10,000 times, with and without its shadowed rules", () => {
    fc.assert(
      fc.property(somePolicies, someSubject, somePacket, fc.boolean(), (policies, who, packet, keepsShadowed) => {
        const decision = evaluate({ policies, privateNetworks: PRIVATE }, who, { ...packet, now: NOW });
        const { profile, refusal } = compiled(policies, who, { keepsShadowed });
        const answer = evaluateProfile({ rules: profile.rules, privateNetworks: PRIVATE }, packet);
        expect(answer).toEqual({ verdict: decision.verdict, policyId: decision.decidedBy?.policyId ?? null });
        if (refusal) expect(decision.reason).toBe(refusal);
      }),
      { numRuns: 10_000 },
    );
  }, 60_000);

  it("does not depend on the order in which policies, targets and destinations come", () => {
    const shuffled = somePolicies.chain((policies) =>
      fc.tuple(
        fc.constant(policies),
        fc.shuffledSubarray(policies, { minLength: policies.length }).map((list) =>
          list.map((each) => ({
            ...each,
            targets: each.targets.toReversed(),
            destinations: each.destinations.toReversed(),
          })),
        ),
      ),
    );
    fc.assert(
      fc.property(shuffled, someSubject, ([one, other], who) => {
        expect(compiled(other, who).profile.hash).toBe(compiled(one, who).profile.hash);
      }),
    );
  });

  it("has nothing of a policy that excludes its subject, whoever else the policy names", () => {
    fc.assert(
      fc.property(somePolicies, someSubject, (policies, who) => {
        const excluding = policies.map((each) => ({ ...each, targets: [...each.targets, target("all", null, true)] }));
        expect(compiled(excluding, who).profile.rules).toEqual([]);
      }),
    );
  });

  it("is within the contract, named by the hash of its canonical JSON", () => {
    fc.assert(
      fc.property(somePolicies, someSubject, (policies, who) => {
        const { hash, rules } = compiled(policies, who).profile;
        expect(rules.map((rule) => ProfileRule.parse(rule))).toEqual(rules);
        expect(ProfileHash.parse(hash)).toBe(sha256Hex(canonicalize(rules) ?? "").slice(0, 16));
      }),
    );
  });

  it("leaves out what an earlier rule leaves nothing to do, and only that", () => {
    const wide = policy(10, { priority: 1, destinations: [destination("10.0.0.0/8")] });
    const narrow = policy(11, { priority: 2, effect: "deny", destinations: [destination("10.0.3.4/32")] });
    const beside = policy(12, { priority: 3, effect: "deny", destinations: [destination("11.0.0.0/8")] });
    const rules = compiled([wide, narrow, beside], subject()).profile.rules;
    expect(rules.map((rule) => rule.policyId)).toEqual([wide.id, beside.id]);
    expect(compiled([wide, narrow, beside], subject(), { keepsShadowed: true }).profile.rules).toHaveLength(3);
  });

  it("keeps a rule whose cover is for others only", () => {
    const wide = policy(10, { priority: 1, targets: [target("tag", 6)], destinations: [destination("10.0.0.0/8")] });
    const narrow = policy(11, { priority: 2, destinations: [destination("10.0.3.4/32")] });
    expect(compiled([wide, narrow], subject()).profile.rules).toHaveLength(1);
    expect(compiled([wide, narrow], subject({ tagIds: [idOf(6)] })).profile.rules[0]?.policyId).toBe(wide.id);
  });
});

describe("the moment a profile changes by itself", () => {
  const windowed = policy(10, { startsAt: hourFromNow(1), endsAt: hourFromNow(3) });

  it("is when a window of a policy for it opens, then when it closes, then never", () => {
    const at = (now: Date) => compiler({ policies: [windowed], privateNetworks: PRIVATE, now })(subject()).changesAt;
    expect(at(NOW)).toEqual(hourFromNow(1));
    expect(at(hourFromNow(1))).toEqual(hourFromNow(3));
    expect(at(hourFromNow(3))).toBeNull();
  });

  it("is the subject's own end, if that comes first", () => {
    expect(compiled([windowed], subject({ expiresAt: hourFromNow(0.5) })).changesAt).toEqual(hourFromNow(0.5));
  });

  it("is not the window of a policy for others, nor of one that is switched off", () => {
    const others = { ...windowed, targets: [target("tag", 6)] };
    expect(compiled([others, { ...windowed, isActive: false }], subject()).changesAt).toBeNull();
  });

  it("is never later than the first change of any verdict", () => {
    fc.assert(
      fc.property(somePolicies, someSubject, somePacket, (policies, who, packet) => {
        const rulebook = { policies, privateNetworks: PRIVATE };
        const { changesAt } = compiled(policies, who);
        const verdictAt = (now: Date) => evaluate(rulebook, who, { ...packet, now }).decidedBy?.policyId;
        for (const hours of [0.5, 1, 1.5, 2, 5]) {
          const later = hourFromNow(hours);
          if (changesAt && changesAt <= later) break;
          expect(verdictAt(later)).toBe(verdictAt(NOW));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("client routes", () => {
  const routes = (...policies: NetworkPolicy[]) => clientRoutes(compiled(policies, subject()).profile);

  it("are what policies allow, in as few networks as hold exactly that", () => {
    const halves = policy(10, {
      destinations: [destination("10.1.0.0/17"), destination("10.1.128.0/17"), destination("10.1.3.0/24")],
    });
    const v6 = policy(11, { destinations: [destination("2001:db8::/33"), destination("2001:db8:8000::/33")] });
    expect(routes(halves, v6)).toEqual(["10.1.0.0/16", "2001:db8::/32"]);
  });

  it("are the same whatever is denied", () => {
    fc.assert(
      fc.property(somePolicies, (policies) => {
        expect(routes(...policies)).toEqual(routes(...policies.filter(({ effect }) => effect === "allow")));
      }),
    );
  });

  it("are none for a subject that gets nothing", () => {
    const open = policy(10, { destinations: [destination("0.0.0.0/0")] });
    expect(clientRoutes(compiled([open], subject({ isActive: false })).profile)).toEqual([]);
  });
});

it("5,000 devices under 300 policies share about a thousand profiles", () => {
  const policies = Array.from({ length: 300 }, (_, at) =>
    policy(1000 + at, {
      priority: at % 20,
      effect: at % 5 === 0 ? "deny" : "allow",
      targets: [target("group", at % 200), target("tag", at % 50)],
      destinations: [1, 2, 3].map((n) => destination(`10.${(at * 3 + n) % 256}.${at % 7}.0/24`)),
    }),
  );
  const devices = Array.from({ length: 5000 }, (_, at) => {
    const groupIds = [at % 200, Math.floor(at / 5) % 200].map(idOf);
    return subject({ deviceId: idOf(at), owner: { id: idOf(at), isActive: true, groupIds }, tagIds: [idOf(at % 50)] });
  });
  const compile = compiler({ policies, privateNetworks: PRIVATE, now: NOW });
  const hashes = new Set(devices.map((each) => compile(each).profile.hash));
  expect(hashes.size).toBeGreaterThan(900);
  expect(hashes.size).toBeLessThan(1100);
});
