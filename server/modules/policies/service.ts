import { personOf } from "@/server/core/actor";
import type { Reader, Tx } from "@/server/core/database";
import { AppError, violatedConstraint } from "@/server/core/errors";
import { type CommandContext, command, query } from "@/server/core/operation";
import { loadRulebook } from "./compilation.service";
import { draftOf, policyChanges, toldPolicy, withDraft } from "./draft";
import { findingsOf } from "./findings";
import * as repo from "./repo";
import { reachedNetworks } from "./rulebook.repo";
import {
  CreatePolicy,
  ListPolicies,
  PolicyById,
  PolicyDetail,
  type PolicyFields,
  PolicyPage,
  RemovePolicy,
  UpdatePolicy,
} from "./schema";
import { requireTargets, targetNames } from "./targets.service";
import { failingTests } from "./tests.service";

const noPolicy = (id: string) => new AppError("not-found", `There is no policy ${id}.`);

function explainTaken(error: unknown): never {
  if (violatedConstraint(error) !== "policies_name") throw error;
  throw new AppError("name-taken", "This name is taken.", { fields: { name: "Another policy has this name." } });
}

type Row = NonNullable<Awaited<ReturnType<typeof repo.get>>>;

/** With the names of targets, and what is odd about each among all the others. */
async function described<Each extends Row>(reader: Reader | Tx, rows: readonly Each[]) {
  const [rulebook, gatewayNetworks, names] = await Promise.all([
    loadRulebook(reader),
    reachedNetworks(reader),
    targetNames(reader, rows),
  ]);
  return rows.map((row) => {
    const policy = rulebook.policies.find(({ id }) => id === row.id);
    return {
      ...row,
      targets: row.targets.map((target) => ({ ...target, name: (target.id && names.get(target.id)) ?? null })),
      findings: policy ? findingsOf(policy, { ...rulebook, gatewayNetworks }) : [],
    };
  });
}

async function detailed(reader: Reader | Tx, id: string) {
  const row = await repo.get(reader, id);
  if (!row) throw noPolicy(id);
  const [policy] = await described(reader, [row]);
  if (!policy) throw noPolicy(id);
  return { ...policy, destinations: await repo.destinations(reader, id) };
}

export const list = query({
  permission: "policy.read",
  input: ListPolicies,
  output: PolicyPage,
  async run({ reader }, filter) {
    const page = await repo.list(reader, filter);
    return { ...page, rows: await described(reader, page.rows) };
  },
});

export const get = query({
  permission: "policy.read",
  input: PolicyById,
  output: PolicyDetail,
  run: ({ reader }, { id }) => detailed(reader, id),
});

interface Save {
  id: string;
  /** What it would be; null when it is taken out. */
  fields: PolicyFields | null;
  isOverride: boolean;
}

/** Only after the lock, which the caller holds: what the tests said is still so when this commits. */
async function refusedByTests({ tx, audit, now, actor }: CommandContext, { id, fields, isOverride }: Save) {
  const rulebook = await loadRulebook(tx);
  const policies = withDraft(rulebook.policies, id, fields && draftOf(id, fields));
  const failing = await failingTests(tx, { ...rulebook, policies }, now());
  if (failing.length === 0) return undefined;
  const tests = failing.map(({ name }) => name);
  if (isOverride) {
    if ("permissions" in actor && !actor.permissions.has("policy.override"))
      throw new AppError("forbidden", "You need the permission “policy.override” to save although tests fail.");
    audit({ event: "policy.overridden", subject: id, metadata: { tests } });
    return undefined;
  }
  audit({ event: "policy.test-failed", subject: id, status: "denied", metadata: { tests } });
  const what = tests.length === 1 ? "a policy test would fail" : `${tests.length} policy tests would fail`;
  return new AppError(
    "policy-tests-failed",
    `Not saved, because ${what}: ${tests.map((name) => `“${name}”`).join(", ")}. Change the policy or what is expected.`,
    { extra: { tests } },
  );
}

export const create = command({
  permission: "policy.create",
  input: CreatePolicy,
  output: PolicyDetail,
  async run(context, { isOverride, ...fields }) {
    const { tx, actor, audit } = context;
    await repo.serialise(tx);
    await requireTargets(tx, fields.targets);
    const id = crypto.randomUUID();
    const refused = await refusedByTests(context, { id, fields, isOverride });
    if (refused) return refused;
    await repo.insert(tx, fields, { id, createdBy: personOf(actor) }).catch(explainTaken);
    audit({ event: "policy.created", subject: id, changes: policyChanges(null, toldPolicy(fields)) });
    return detailed(tx, id);
  },
});

async function current(tx: Tx, id: string) {
  const policy = await repo.get(tx, id);
  if (!policy) throw noPolicy(id);
  return { ...policy, destinations: await repo.destinations(tx, id) };
}

export const update = command({
  permission: "policy.update",
  input: UpdatePolicy,
  output: PolicyDetail,
  async run(context, { id, updatedAt, isOverride, ...fields }) {
    const { tx, audit } = context;
    await repo.serialise(tx);
    const before = await current(tx, id);
    if (before.updatedAt.getTime() !== new Date(updatedAt).getTime())
      throw new AppError("conflict", "Somebody else has changed this policy since you opened it. Load it again.");
    await requireTargets(tx, fields.targets);
    const refused = await refusedByTests(context, { id, fields, isOverride });
    if (refused) return refused;
    await repo.update(tx, id, fields).catch(explainTaken);
    const changes = policyChanges(toldPolicy(before), toldPolicy(fields));
    audit({ event: "policy.updated", subject: id, changes });
    return detailed(tx, id);
  },
});

/** Nobody has access by it any more; its history stays. */
export const remove = command({
  permission: "policy.remove",
  input: RemovePolicy,
  output: PolicyDetail,
  async run(context, { id, isOverride }) {
    const { tx, audit } = context;
    await repo.serialise(tx);
    const policy = await detailed(tx, id);
    const refused = await refusedByTests(context, { id, fields: null, isOverride });
    if (refused) return refused;
    await repo.remove(tx, id);
    audit({ event: "policy.removed", subject: id, changes: policyChanges(toldPolicy(policy), null) });
    return policy;
  },
});
