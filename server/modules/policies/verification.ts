import type { PolicyEffect } from "@/db/enums";
import { compiler } from "./compile";
import type { Rulebook, Subject } from "./policy-model";
import { Reachability, type Traffic } from "./reach";
import type { TestOutcome } from "./tests.schema";

export interface Expectation {
  readonly destination: string;
  readonly protocol: Traffic["protocol"];
  readonly port: number | null;
  readonly expect: PolicyEffect;
}

/**
 * What comes of tests under these policies. Allowed means all of the traffic, denied none of it: a test of every
 * protocol fails as soon as one port goes the other way.
 */
export function outcomes<Test extends Expectation>(
  rulebook: Rulebook & { now: Date },
  tests: readonly { test: Test; subject: Subject | null }[],
): { test: Test; outcome: TestOutcome }[] {
  const compile = compiler(rulebook);
  const reachability = new Reachability(rulebook.privateNetworks);
  return tests.map(({ test, subject }) => {
    if (!subject) return { test, outcome: "gone" };
    const { destination, protocol, port } = test;
    const ports = port === null ? null : { from: port, to: port };
    const reach = reachability.of(compile(subject).profile.rules, { destination, protocol, ports });
    return { test, outcome: reach === test.expect ? "passed" : "failed" };
  });
}
