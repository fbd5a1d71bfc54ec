import { compiler } from "./compile";
import type { NetworkPolicy, PolicyDestination, Rulebook, Subject } from "./policy-model";
import { Reachability, type Traffic } from "./reach";

interface Comparison {
  before: Rulebook;
  after: Rulebook;
  now: Date;
}

export interface SubjectChange<Of extends Subject> extends Traffic, ReturnType<Reachability["change"]> {
  subject: Of;
}

const keyOf = ({ destination, protocol, ports }: Traffic): string =>
  `${destination} ${protocol} ${ports ? `${ports.from}-${ports.to}` : ""}`;

const trafficOf = ({ network, protocol, ports }: PolicyDestination): Traffic => ({
  destination: network,
  protocol,
  ports,
});

/** All that a change of these policies can change: their destinations, each once. */
export function trafficNamedBy(policies: readonly (NetworkPolicy | undefined)[]): Traffic[] {
  const named = policies.flatMap((policy): Traffic[] => [
    ...(policy?.destinations.map(trafficOf) ?? []),
    ...(policy?.fullTunnel ? [{ destination: "internet", protocol: "any" as const, ports: null }] : []),
  ]);
  return [...new Map(named.map((each) => [keyOf(each), each])).values()];
}

/** Who gains and loses what. Subjects that share their profiles before and after are compared once. */
export function changesOf<Of extends Subject>(
  { before, after, now }: Comparison,
  subjects: readonly Of[],
  traffic: readonly Traffic[],
): SubjectChange<Of>[] {
  const [compileBefore, compileAfter] = [compiler({ ...before, now }), compiler({ ...after, now })];
  const reachability = new Reachability(before.privateNetworks);
  const known = new Map<string, Omit<SubjectChange<Of>, "subject">[]>();
  return subjects.flatMap((subject) => {
    const [was, is] = [compileBefore(subject).profile, compileAfter(subject).profile];
    if (was.hash === is.hash) return [];
    const key = `${was.hash} ${is.hash}`;
    const changes =
      known.get(key) ??
      traffic
        .map((each) => ({ ...each, ...reachability.change(was.rules, is.rules, each) }))
        .filter(({ gains, loses }) => gains || loses);
    known.set(key, changes);
    return changes.map((change) => ({ ...change, subject }));
  });
}
