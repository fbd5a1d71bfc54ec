import { afterAll, beforeAll, expect, it } from "vitest";
import * as factories from "@/server/testing/factories";
import { savedPolicy, savedTest } from "@/server/testing/policies";
import { createWorld, type World } from "@/server/testing/world";
import { CreatePolicyTest, ListPolicyTests, UpdatePolicyTest } from "./tests.schema";
import * as policyTests from "./tests.service";

let world: World;
let owner: factories.TestUser;
beforeAll(async () => {
  world = await createWorld();
  owner = await factories.user();
  await savedPolicy({ destinations: [{ network: "10.0.0.0/16", protocol: "tcp", ports: { from: 443, to: 443 } }] });
});
afterAll(() => world.end());

const { system } = factories;
const of = () => ({ sourceType: "user" as const, sourceId: owner.id, destination: "10.0.0.1" });

it.each([
  { protocol: "tcp", port: 443, expect: "allow", outcome: "passed" },
  { protocol: "tcp", port: 22, expect: "deny", outcome: "passed" },
  { protocol: "tcp", port: null, expect: "allow", outcome: "failed" },
  // One open port is enough for “nothing gets there” to be wrong.
  { protocol: "any", port: null, expect: "deny", outcome: "failed" },
  { protocol: "udp", port: null, expect: "deny", outcome: "passed" },
] as const)("a test that $protocol $port is expected to $expect has $outcome", async ({ outcome, ...expected }) => {
  expect(await savedTest({ ...of(), ...expected })).toMatchObject({ outcome, sourceName: owner.username });
});

it("the list shows what comes of each now, by name, page by page", async () => {
  const name = factories.unique("paged");
  for (const letter of ["b", "c", "a"])
    await policyTests.create.execute(
      system,
      CreatePolicyTest.parse({ ...of(), name: `${name} ${letter}`, expect: "deny" }),
    );
  const first = await policyTests.list.execute(system, ListPolicyTests.parse({ q: name, size: 2 }));
  expect(first.rows.map((row) => row.name)).toEqual([`${name} a`, `${name} b`]);
  expect(first.rows.map(({ outcome }) => outcome)).toEqual(["failed", "failed"]);
  const cursor = first.nextCursor ?? undefined;
  const second = await policyTests.list.execute(system, ListPolicyTests.parse({ q: name, size: 2, cursor }));
  expect(second.rows.map((row) => row.name)).toEqual([`${name} c`]);
});

it("a test is changed and removed, with before and after on record", async () => {
  const test = await savedTest({ ...of(), expect: "deny" });
  const changed = UpdatePolicyTest.parse({ ...test, destination: "::ffff:10.9.9.9" });
  expect(await policyTests.update.execute(system, changed)).toMatchObject({
    destination: "10.9.9.9",
    outcome: "passed",
  });
  await policyTests.remove.execute(system, { id: test.id });
  await expect(policyTests.remove.execute(system, { id: test.id })).rejects.toMatchObject({ code: "not-found" });
  const rows = await world.database.sql`
    select event_type, changes->'after'->>'destination' as destination from audit_logs where entity_id = ${test.id}
    order by created_at`;
  expect(rows.map(({ eventType, destination }) => [eventType, destination])).toEqual([
    ["policy-test.created", "10.0.0.1"],
    ["policy-test.updated", "10.9.9.9"],
    ["policy-test.removed", null],
  ]);
});

it("a test needs somebody whose traffic it is, and ports need their protocol", async () => {
  await expect(savedTest({ ...of(), sourceId: factories.nobody(), expect: "deny" })).rejects.toMatchObject({
    fields: { sourceId: "There is no such user. Choose again." },
  });
  expect(CreatePolicyTest.safeParse({ ...of(), name: "x", expect: "deny", port: 1 }).success).toBe(false);
});
