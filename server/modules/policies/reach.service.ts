import type { Reader } from "@/server/core/database";
import { query } from "@/server/core/operation";
import { type AccessReason, ListReach, ReachPage } from "./access.schema";
import { policyRef, requireSight } from "./access.service";
import { type LoadedRulebook, loadRulebook } from "./compilation.service";
import { explained, type Question } from "./explanation";
import { inOrder, isInWindow } from "./policy-model";
import * as repo from "./reach.repo";
import { type NamedPolicy, subjects } from "./rulebook.repo";
import type { Reach } from "./schema";

/** A policy for everybody about all that is asked decides whatever is left to decide. */
function decidesRest({ targets, destinations }: NamedPolicy, { protocol, port }: Question): boolean {
  if (!targets.some(({ type }) => type === "all") || targets.some(({ isExcluded }) => isExcluded)) return false;
  return destinations.some((each) => {
    if (each.protocol !== "any" && each.protocol !== protocol) return false;
    return !each.ports || (port !== null && each.ports.from <= port && port <= each.ports.to);
  });
}

/** In the order in which they are asked, those that can say anything of the address, as far as any is asked at all. */
function relevant({ policies }: LoadedRulebook, question: Question & { now: Date }): NamedPolicy[] {
  const speaking = policies
    .filter((policy) => policy.isActive && isInWindow(policy, question.now))
    .filter(({ destinations, fullTunnel }) => destinations.length > 0 || fullTunnel)
    .sort(inOrder);
  const last = speaking.findIndex((policy) => decidesRest(policy, question));
  return last < 0 ? speaking : speaking.slice(0, last + 1);
}

interface Answer {
  verdict: Reach;
  reason: AccessReason;
  decidedBy: ReturnType<typeof policyRef>[];
}

interface Scene {
  rulebook: LoadedRulebook;
  question: Question & { now: Date };
}

const DENIED = { verdict: "deny" as const, decidedBy: [] };

/** What comes of the traffic for each sort of devices: the explanation of one of them. */
async function answersOf(reader: Reader, { rulebook, question }: Scene, alike: readonly repo.Alike[]) {
  const open = alike.filter(({ gate }) => gate === null);
  const examples = await subjects(reader, { ids: open.map(({ example }) => example) });
  const subjectOf = new Map(examples.map((subject) => [subject.deviceId, subject]));
  const names = new Map(rulebook.policies.map((policy) => [policy.id, policyRef(policy)]));
  return new Map(
    open.map(({ places, example }): [string, Answer] => {
      const subject = subjectOf.get(example);
      if (!subject) return [places, { ...DENIED, reason: "default" }];
      const { verdict, reason, parts } = explained(rulebook, subject, question);
      const deciding = new Set(parts.flatMap(({ decidedBy }) => decidedBy?.policyId ?? []));
      return [places, { verdict, reason, decidedBy: [...deciding].flatMap((id) => names.get(id) ?? []) }];
    }),
  );
}

function countsOf(alike: readonly repo.Alike[], answers: ReadonlyMap<string, Answer>) {
  const counts = { allow: 0, deny: 0, partly: 0 };
  for (const { gate, places, count } of alike) {
    counts[gate === null ? (answers.get(places)?.verdict ?? "deny") : "deny"] += count;
  }
  return counts;
}

/** Who can reach an address: devices with what comes of the traffic, worked out once for all that policies treat alike. */
export const reach = query({
  permission: "access.read",
  input: ListReach,
  output: ReachPage,
  isSnapshot: true,
  async run({ reader, actor, now }, filter) {
    requireSight(actor, ["device.read", "policy.read"]);
    const question = { dst: filter.dst, protocol: filter.protocol, port: filter.port ?? null, now: now() };
    const all = await loadRulebook(reader, filter.dst);
    const rulebook = { ...all, policies: relevant(all, question) };
    const asked = { policies: rulebook.policies, now: question.now };
    const alike = await repo.alike(reader, asked, filter);
    const answers = await answersOf(reader, { rulebook, question }, alike);
    const counts = countsOf(alike, answers);
    const isWanted = (verdict: Reach) => filter.verdict === undefined || filter.verdict === verdict;
    const wanted = {
      isGated: isWanted("deny"),
      places: [...answers].flatMap(([places, { verdict }]) => (isWanted(verdict) ? [places] : [])),
    };
    const total = filter.verdict ? counts[filter.verdict] : counts.allow + counts.deny + counts.partly;
    const page = await repo.page(reader, { ...asked, wanted, total }, filter);
    const rows = page.rows.map(({ gate, places, ...row }) => ({
      ...row,
      ...(gate ? { ...DENIED, reason: gate } : (answers.get(places) ?? { ...DENIED, reason: "default" as const })),
    }));
    return { ...page, rows, counts };
  },
});
