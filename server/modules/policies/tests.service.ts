import { personOf } from "@/server/core/actor";
import type { Reader, Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { command, query } from "@/server/core/operation";
import { loadRulebook } from "./compilation.service";
import type { Rulebook, Subject } from "./policy-model";
import { owners, subjects } from "./rulebook.repo";
import { names } from "./targets.repo";
import * as repo from "./tests.repo";
import {
  CreatePolicyTest,
  ListPolicyTests,
  PolicyTest,
  PolicyTestById,
  PolicyTestPage,
  UpdatePolicyTest,
} from "./tests.schema";
import { outcomes } from "./verification";

type StoredTest = NonNullable<Awaited<ReturnType<typeof repo.lock>>>;

const noTest = (id: string) => new AppError("not-found", `There is no policy test ${id}.`);

/** A device that is only thought of: active, without tags, of this owner. */
const imagined = (owner: Subject["owner"]): Subject => ({
  deviceId: null,
  isActive: true,
  expiresAt: null,
  owner,
  tagIds: [],
});

/** Whose traffic each test is about; null when that is not there any more. */
async function withSubjects(reader: Reader | Tx, tests: readonly StoredTest[]) {
  const of = (type: StoredTest["sourceType"]) => [
    ...new Set(tests.filter(({ sourceType }) => sourceType === type).map(({ sourceId }) => sourceId)),
  ];
  const [devices, users, groups] = await Promise.all([
    of("device").length > 0 ? subjects(reader, { ids: of("device") }) : [],
    owners(reader, of("user")),
    names(
      reader,
      of("group").map((id) => ({ type: "group", id })),
    ),
  ]);
  const subjectOf = ({ sourceType, sourceId }: StoredTest): Subject | null => {
    if (sourceType === "device") return devices.find(({ deviceId }) => deviceId === sourceId) ?? null;
    if (sourceType === "group")
      return groups.has(sourceId) ? imagined({ id: null, isActive: true, groupIds: [sourceId] }) : null;
    const owner = users.get(sourceId);
    return owner ? imagined(owner) : null;
  };
  return tests.map((test) => ({ test, subject: subjectOf(test) }));
}

/** The tests that would fail under these policies, by name. What is gone does not fail: nobody shall be locked out by it. */
export async function failingTests(reader: Reader | Tx, rulebook: Rulebook, now: Date): Promise<StoredTest[]> {
  const tests = await withSubjects(reader, await repo.active(reader));
  return outcomes({ ...rulebook, now }, tests)
    .filter(({ outcome }) => outcome === "failed")
    .map(({ test }) => test);
}

async function described<Test extends StoredTest>(reader: Reader | Tx, tests: readonly Test[], now: Date) {
  const rulebook = await loadRulebook(reader);
  const sources = await names(
    reader,
    tests.map(({ sourceType, sourceId }) => ({ type: sourceType, id: sourceId })),
  );
  const found = outcomes({ ...rulebook, now }, await withSubjects(reader, tests));
  return tests.map((test, at) => ({
    ...test,
    sourceName: sources.get(test.sourceId) ?? null,
    outcome: found[at]?.outcome ?? "gone",
  }));
}

export const list = query({
  permission: "policy.read",
  input: ListPolicyTests,
  output: PolicyTestPage,
  async run({ reader, now }, filter) {
    const page = await repo.list(reader, filter);
    return { ...page, rows: await described(reader, page.rows, now()) };
  },
});

async function requireSource(tx: Tx, { sourceType, sourceId }: CreatePolicyTest): Promise<void> {
  const found = await names(tx, [{ type: sourceType, id: sourceId }]);
  if (found.size > 0) return;
  throw new AppError("invalid", undefined, { fields: { sourceId: `There is no such ${sourceType}. Choose again.` } });
}

async function found(tx: Tx, id: string, now: Date) {
  const test = await repo.lock(tx, id);
  const [result] = test ? await described(tx, [test], now) : [];
  return result ?? Promise.reject(noTest(id));
}

type Told = Pick<CreatePolicyTest, "name" | "sourceType" | "sourceId" | "destination" | "expect" | "isActive"> &
  Pick<StoredTest, "protocol" | "port">;

const told = ({ name, sourceType, sourceId, destination, protocol, port, expect, isActive }: Told) => ({
  ...{ name, source: `${sourceType} ${sourceId}`, destination, traffic: port ? `${protocol} ${port}` : protocol },
  ...{ expect, isActive },
});

type Side = ReturnType<typeof told> | null;

function changes(before: Side, after: Side): Record<string, [unknown, unknown]> {
  const fields = Object.keys(before ?? after ?? {}) as (keyof NonNullable<Side>)[];
  return Object.fromEntries(fields.map((field) => [field, [before?.[field] ?? null, after?.[field] ?? null]]));
}

export const create = command({
  permission: "policy.update",
  input: CreatePolicyTest,
  output: PolicyTest,
  async run({ tx, actor, audit, now }, input) {
    await requireSource(tx, input);
    const id = await repo.insert(tx, { ...input, createdBy: personOf(actor) });
    audit({ event: "policy-test.created", subject: id, changes: changes(null, told(input)) });
    return found(tx, id, now());
  },
});

export const update = command({
  permission: "policy.update",
  input: UpdatePolicyTest,
  output: PolicyTest,
  async run({ tx, audit, now }, { id, ...input }) {
    const before = await repo.lock(tx, id);
    if (!before) throw noTest(id);
    await requireSource(tx, input);
    await repo.update(tx, id, input);
    audit({ event: "policy-test.updated", subject: id, changes: changes(told(before), told(input)) });
    return found(tx, id, now());
  },
});

export const remove = command({
  permission: "policy.update",
  input: PolicyTestById,
  output: PolicyTest,
  async run({ tx, audit, now }, { id }) {
    const test = await found(tx, id, now());
    await repo.remove(tx, id);
    audit({ event: "policy-test.removed", subject: id, changes: changes(told(test), null) });
    return test;
  },
});
