import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import { GroupId } from "@/server/core/ids";
import type { Caller } from "@/server/core/operation";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";
import * as members from "./members.service";
import { explain } from "./refusals";
import { ListGroups } from "./schema";
import * as groups from "./service";

let world: World;
let caller: Caller;
let users: GroupId;
beforeAll(async () => {
  world = await createWorld();
  caller = await world.asRole("admin");
  const [row] = await world.database.sql`select id from groups where name = 'users'`;
  users = GroupId.parse(row?.id);
});
afterAll(() => world.end());

const list = (filter: Partial<Record<keyof ListGroups, unknown>>) =>
  groups.list.execute(caller, ListGroups.parse(filter));
const refusal = (work: Promise<unknown>) => work.then(() => "done", toAppError);
const recorded = (id: string) => world.database.sql`
  select event_type, changes from audit_logs where entity_id = ${id} order by sequence`;

describe("a group", () => {
  it("is made, changed and found, and the log says what it was", async () => {
    const made = await groups.create.execute(caller, { name: "Harbour crew", description: "", deviceLimit: null });
    expect(made).toMatchObject({ name: "Harbour crew", isSystem: false, members: 0, policies: 0, tokens: 0 });
    const { id } = made;
    await groups.update.execute(caller, {
      id,
      name: "Harbour",
      description: "Who works at the harbour",
      deviceLimit: 5,
    });
    expect(await groups.get.execute(caller, { id })).toMatchObject({ name: "Harbour" });
    expect((await list({ q: "works at the" })).rows.map((row) => row.id)).toEqual([id]);
    expect(await recorded(id)).toEqual([
      {
        eventType: "group.created",
        changes: { before: { name: null, deviceLimit: null }, after: { name: "Harbour crew", deviceLimit: null } },
      },
      {
        eventType: "group.updated",
        changes: {
          before: { name: "Harbour crew", description: "", deviceLimit: null },
          after: { name: "Harbour", description: "Who works at the harbour", deviceLimit: 5 },
        },
      },
    ]);
  });

  it("has a name no other has, whatever its case, until it is removed", async () => {
    const { id, name } = await factories.group({ name: "Night shift" });
    const again = { name: name.toUpperCase(), description: "", deviceLimit: null };
    expect(await refusal(groups.create.execute(caller, again))).toMatchObject({
      code: "name-taken",
      fields: { name: "Another group has this name." },
    });
    const other = await factories.group();
    expect(await refusal(groups.update.execute(caller, { ...again, id: other.id }))).toMatchObject({
      code: "name-taken",
    });
    await groups.remove.execute(caller, { id });
    expect(await groups.create.execute(caller, again)).toMatchObject({ name: "NIGHT SHIFT" });
  });

  it("that was removed is gone for every command and every list", async () => {
    const { id, name } = await factories.group();
    const user = await factories.user();
    await groups.remove.execute(caller, { id });
    const after = [
      () => groups.get.execute(caller, { id }),
      () => groups.update.execute(caller, { id, name, description: "", deviceLimit: null }),
      () => groups.remove.execute(caller, { id }),
      () => members.add.execute(caller, { id, userIds: [user.id] }),
      () => members.remove.execute(caller, { id, userId: user.id }),
      () => members.list.execute(caller, { id, sort: "username", size: 25 }),
    ];
    for (const work of after) expect(await refusal(work())).toMatchObject({ code: "not-found" });
    expect((await list({ q: name })).rows).toEqual([]);
    expect((await groups.options.execute(caller, undefined)).map((option) => option.id)).not.toContain(id);
  });

  it("says what its removal takes with it, and leaves nothing that refers to it", async () => {
    const { sql } = world.database;
    const { id } = await factories.group();
    const user = await factories.user();
    await members.add.execute(caller, { id, userIds: [user.id] });
    const token = await factories.enrolmentToken();
    await sql`update enrolment_tokens set group_id = ${id} where id = ${token.id}`;
    await sql`
      with policy as (insert into policies (name) values ('Harbour network') returning id)
      insert into policy_targets (policy_id, target_type, target_id, is_excluded) select id, 'group', ${id}, true from policy`;
    await sql`
      insert into policy_tests (name, source_type, source_id, destination, expect)
      values ('Reaches the crane', 'group', ${id}, '10.1.2.3', 'allow')`;
    expect(await groups.policies.execute(caller, { id })).toMatchObject([
      { name: "Harbour network", effect: "allow", isActive: true, isExcluded: true },
    ]);
    const removed = await groups.remove.execute(caller, { id });
    expect(removed).toMatchObject({ members: 1, policies: 1, tokens: 1 });
    const [left] = await sql`
      select (select count(*)::int from group_memberships where group_id = ${id}) as members,
             (select count(*)::int from policy_targets where target_id = ${id}) as targets,
             (select count(*)::int from policy_tests where source_id = ${id} and is_active) as tests,
             (select count(*)::int from enrolment_tokens where group_id = ${id}) as tokens`;
    expect(left).toEqual({ members: 0, targets: 0, tests: 0, tokens: 0 });
    expect((await recorded(id)).at(-1)).toMatchObject({
      eventType: "group.removed",
      changes: { before: { members: 1, policies: 1, tokens: 1 } },
    });
  });
});

describe("the group users", () => {
  it("holds everybody from the start, and counts them", async () => {
    const before = await groups.get.execute(caller, { id: users });
    expect(before.isSystem).toBe(true);
    const user = await factories.user({ status: "invited" });
    expect(await groups.get.execute(caller, { id: users })).toMatchObject({ members: before.members + 1 });
    expect((await list({ member: user.id })).rows.map(({ name }) => name)).toEqual(["users"]);
  });

  it("is neither changed nor removed, joined nor left, by anybody, and the refusal says why", async () => {
    const user = await factories.user();
    for (const somebody of [caller, world.system]) {
      const attempts = [
        () => groups.update.execute(somebody, { id: users, name: "people", description: "", deviceLimit: null }),
        () => groups.remove.execute(somebody, { id: users }),
        () => members.add.execute(somebody, { id: users, userIds: [user.id] }),
        () => members.remove.execute(somebody, { id: users, userId: user.id }),
      ];
      for (const attempt of attempts) {
        expect(await refusal(attempt())).toMatchObject({
          code: "conflict",
          message: expect.stringMatching(/^(This group belongs to Keyward|Everybody is in this group)/),
        });
      }
    }
    expect(await groups.get.execute(caller, { id: users })).toMatchObject({ name: "users" });
  });

  it("is not the name of another group", async () => {
    expect(
      await refusal(groups.create.execute(caller, { name: "Users", description: "", deviceLimit: null })),
    ).toMatchObject({
      code: "name-taken",
    });
  });

  it("is guarded by the database as well, whose refusals read the same", async () => {
    const { sql } = world.database;
    const said = (work: PromiseLike<unknown>) => refusal(Promise.resolve(work).catch(explain));
    expect(await said(sql`update groups set name = 'people' where id = ${users}`)).toMatchObject({
      code: "conflict",
      message: "This group belongs to Keyward: it cannot be changed or removed.",
    });
    expect(await said(sql`delete from group_memberships where group_id = ${users}`)).toMatchObject({
      code: "conflict",
      message: "Everybody is in this group, always: nobody is put into it or taken out of it.",
    });
    expect(await said(sql`select 1 / 0`)).toMatchObject({ code: "internal" });
  });
});

it("every group is on exactly one page, in either order, forwards and back", async () => {
  const prefix = factories.unique("paged");
  const names = Array.from({ length: 7 }, (_, at) => `${prefix} ${at}`);
  for (const name of names) await factories.group({ name });
  for (const [sort, direction] of [
    ["name", "asc"],
    ["name", "desc"],
    ["createdAt", "asc"],
  ]) {
    const seen: string[] = [];
    let page = await list({ q: prefix, sort, direction, size: 3 });
    for (;;) {
      expect(page).toMatchObject({ total: 7, totalIsExact: true });
      seen.push(...page.rows.map(({ name }) => name));
      if (!page.nextCursor) break;
      page = await list({ q: prefix, sort, direction, size: 3, cursor: page.nextCursor });
    }
    expect(seen).toEqual(direction === "desc" ? names.toReversed() : names);
    const back = await list({ q: prefix, sort, direction, size: 3, cursor: page.previousCursor });
    expect(back.rows.map(({ name }) => name)).toEqual(seen.slice(3, 6));
  }
});
