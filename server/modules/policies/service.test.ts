import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as factories from "@/server/testing/factories";
import { policyFields, savedPolicy, savedTest } from "@/server/testing/policies";
import { createWorld, type World } from "@/server/testing/world";
import { ListPolicies, type PolicyDetail, UpdatePolicy } from "./schema";
import * as policies from "./service";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const { system, nobody } = factories;
const all = [{ type: "all" as const, isExcluded: false }];

/** The update an editor sends who saw this policy. */
const edit = (policy: PolicyDetail, change: Record<string, unknown>) =>
  UpdatePolicy.parse({
    ...policy,
    ...{ updatedAt: policy.updatedAt.toISOString(), startsAt: null, endsAt: null },
    ...change,
  });

/** What the audit log says last happened to a policy. */
async function lastEvent(subject: string) {
  const [row] = await world.database.sql`
    select event_type, status, changes, metadata from audit_logs where entity_id = ${subject} order by created_at desc limit 1`;
  return row;
}

/** Runs all of them until each waits, which is after its first looks at the policies, and only then lets them go on. */
async function atOnce(attempts: readonly (() => Promise<unknown>)[]) {
  const { sql } = world.database;
  const { running } = await sql.begin(async (holder) => {
    await holder`lock table policy_tests`;
    const running = Promise.allSettled(attempts.map((attempt) => attempt()));
    const waiting = async () => {
      const rows = await sql`
        select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      return rows.length;
    };
    await expect.poll(waiting).toBe(attempts.length);
    return { running };
  });
  return (await running).map(({ status }) => status).sort();
}

describe("a policy", () => {
  it("is stored with its targets and its destinations in their one spelling, and audited whole", async () => {
    const tag = await factories.tag();
    const created = await savedPolicy({
      targets: [...all, { type: "tag", id: tag.id, isExcluded: true }],
      destinations: [
        { network: "10.1.2.3" },
        { network: "FD00::/8", protocol: "tcp", ports: { from: 443, to: 444 }, description: "Web" },
      ],
    });
    expect(await policies.get.execute(system, { id: created.id })).toMatchObject({
      targets: [
        { type: "all", id: null, name: null, isExcluded: false },
        { type: "tag", id: tag.id, name: tag.name, isExcluded: true },
      ],
      destinations: [
        { network: "10.1.2.3/32", protocol: "any", ports: null, description: "" },
        { network: "fd00::/8", protocol: "tcp", ports: { from: 443, to: 444 }, description: "Web" },
      ],
      destinationCount: 2,
    });
    expect(await lastEvent(created.id)).toMatchObject({
      eventType: "policy.created",
      changes: { after: { destinations: ["10.1.2.3/32 any", "fd00::/8 tcp 443-444"] } },
    });
  });

  it("says before and after of what an edit changed, and of nothing else", async () => {
    const before = await savedPolicy({ priority: 7, destinations: [{ network: "10.0.0.0/8" }] });
    const after = await policies.update.execute(system, edit(before, { priority: 3, destinations: [] }));
    expect(after).toMatchObject({ priority: 3, destinations: [] });
    expect((await lastEvent(before.id))?.changes).toEqual({
      before: { priority: 7, destinations: ["10.0.0.0/8 any"] },
      after: { priority: 3, destinations: [] },
    });
  });

  it("that somebody else has changed meanwhile is not overwritten", async () => {
    const seen = await savedPolicy();
    await policies.update.execute(system, edit(seen, { name: factories.unique("first") }));
    await expect(policies.update.execute(system, edit(seen, { name: "second" }))).rejects.toMatchObject({
      code: "conflict",
    });
  });

  it("is won by one of two who save at once", async () => {
    const seen = await savedPolicy();
    const both = [1, 2].map((priority) => () => policies.update.execute(system, edit(seen, { priority })));
    expect(await atOnce(both)).toEqual(["fulfilled", "rejected"]);
  });

  it("is not for what is not there, nor for a tag that devices give themselves", async () => {
    const tag = await factories.tag();
    await world.database.sql`update tags set is_trusted = false where id = ${tag.id}`;
    for (const target of [
      { type: "user" as const, id: nobody() },
      { type: "tag" as const, id: tag.id },
    ]) {
      const input = policyFields({ targets: [{ ...target, isExcluded: false }] });
      await expect(policies.create.execute(system, input)).rejects.toMatchObject({
        code: "invalid",
        fields: { targets: expect.stringContaining("not there any more") },
      });
    }
  });

  it("does not take another's name, and gives its own back when it is removed", async () => {
    const { id, name } = await savedPolicy();
    await expect(savedPolicy({ name })).rejects.toMatchObject({ code: "name-taken" });
    await policies.remove.execute(system, { id, isOverride: false });
    await expect(policies.get.execute(system, { id })).rejects.toMatchObject({ code: "not-found" });
    expect(await lastEvent(id)).toMatchObject({ eventType: "policy.removed" });
    await savedPolicy({ name });
  });
});

it("the list pages by priority without repeating or losing one, and says what is odd", async () => {
  const name = factories.unique("paged");
  for (const priority of [5, 5, 1, 9, 5]) await savedPolicy({ name: `${name}-${crypto.randomUUID()}`, priority });
  const seen: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await policies.list.execute(system, ListPolicies.parse({ q: name, size: 2, cursor }));
    expect(page.total).toBe(5);
    seen.push(...page.rows.map(({ priority }) => priority));
    for (const { findings } of page.rows) expect(findings.map(({ kind }) => kind)).toEqual(["inert-destinations"]);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  expect(seen).toEqual([1, 5, 5, 5, 9]);
});

describe("policy tests", () => {
  it("that would fail refuse the save, which changes nothing and is on record", async () => {
    const owner = await factories.user();
    const allow = await savedPolicy({ destinations: [{ network: "172.20.0.0/16" }] });
    const test = await savedTest({
      ...{ sourceType: "user", sourceId: owner.id, destination: "172.20.1.1", expect: "allow" },
    });
    for (const attempt of [
      () => policies.update.execute(system, edit(allow, { isActive: false })),
      () => policies.remove.execute(system, { id: allow.id, isOverride: false }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({
        code: "policy-tests-failed",
        message: expect.stringContaining(test.name),
      });
    }
    expect(await policies.get.execute(system, { id: allow.id })).toMatchObject({ isActive: true });
    expect(await lastEvent(allow.id)).toMatchObject({
      eventType: "policy.test-failed",
      status: "denied",
      metadata: { tests: [test.name] },
    });
    const closed = policyFields({ effect: "deny", priority: 0, destinations: [{ network: "172.16.0.0/12" }] });
    await expect(policies.create.execute(system, closed)).rejects.toMatchObject({ code: "policy-tests-failed" });
  });

  it("are overridden by those who may, on record, and by nobody else", async () => {
    const owner = await factories.user();
    const source = { sourceType: "user" as const, sourceId: owner.id };
    const test = await savedTest({ ...source, destination: "172.21.1.1", protocol: "tcp", expect: "deny" });
    const open = policyFields({ destinations: [{ network: "172.21.0.0/16" }], isOverride: true });
    const editor = await world.as("policy.create", "policy.read");
    await expect(policies.create.execute(editor, open)).rejects.toMatchObject({ code: "forbidden" });
    const chief = await world.as("policy.create", "policy.override");
    const { id } = await policies.create.execute(chief, open);
    const rows = await world.database.sql`
      select event_type, metadata from audit_logs where entity_id = ${id}`;
    expect(rows.map(({ eventType }) => eventType).sort()).toEqual(["policy.created", "policy.overridden"]);
    expect(rows.find(({ eventType }) => eventType === "policy.overridden")?.metadata).toEqual({ tests: [test.name] });
    await policies.remove.execute(system, { id, isOverride: true });
  });

  it("hold against two saves at once, each of which would pass alone", async () => {
    const owner = await factories.user();
    const [one, other] = [
      await savedPolicy({ destinations: [{ network: "172.22.0.0/16" }] }),
      await savedPolicy({ destinations: [{ network: "172.22.0.0/16" }] }),
    ];
    await savedTest({ sourceType: "user", sourceId: owner.id, destination: "172.22.1.1", expect: "allow" });
    const both = [one, other].map(
      ({ id }) =>
        () =>
          policies.remove.execute(system, { id, isOverride: false }),
    );
    expect(await atOnce(both)).toEqual(["fulfilled", "rejected"]);
  });

  it("about what is gone lock nobody out", async () => {
    const { id } = await factories.device();
    const open = await savedPolicy({ destinations: [{ network: "172.23.0.0/16" }] });
    await savedTest({ sourceType: "device", sourceId: id, destination: "172.23.1.1", expect: "allow" });
    await world.database.sql`update devices set deleted_at = now() where id = ${id}`;
    await policies.remove.execute(system, { id: open.id, isOverride: false });
  });
});
