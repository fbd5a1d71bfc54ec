import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import type { GroupId, UserId } from "@/server/core/ids";
import type { Caller } from "@/server/core/operation";
import * as factories from "@/server/testing/factories";
import { rest } from "@/server/testing/rest";
import { createWorld, type World } from "@/server/testing/world";
import * as members from "./members.service";
import { ListGroupMembers } from "./schema";
import * as groups from "./service";

let world: World;
let caller: Caller;
beforeAll(async () => {
  world = await createWorld();
  caller = await world.as("group.read", "group.assign");
});
afterAll(() => world.end());

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => toAppError(error).code,
  );
const add = (id: GroupId, ...userIds: UserId[]) => members.add.execute(caller, { id, userIds });
const take = (id: GroupId, userId: UserId) => members.remove.execute(caller, { id, userId });
const list = (id: GroupId, filter: Partial<Record<keyof ListGroupMembers, unknown>> = {}) =>
  members.list.execute(caller, ListGroupMembers.parse({ id, ...filter }));
const namesIn = async (id: GroupId) => (await list(id)).rows.map(({ username }) => username);
const eventsOf = async (id: string, userId: string) => {
  const rows = await world.database.sql`
    select event_type from audit_logs where entity_id = ${id} and user_id = ${userId} order by sequence`;
  return rows.map(({ eventType }) => eventType);
};

describe("a member", () => {
  it("is put in and taken out, which is on record at the group and at the user", async () => {
    const { id } = await factories.group();
    const user = await factories.user();
    const { group, added } = await add(id, user.id);
    expect([group.members, added]).toEqual([1, [{ id: user.id, username: user.username }]]);
    const [member] = (await list(id)).rows;
    expect(member).toMatchObject({ id: user.id, status: "active", addedByName: expect.stringMatching(/^user-/) });
    expect(await take(id, user.id)).toMatchObject({ members: 0 });
    expect(await eventsOf(id, user.id)).toEqual(["group.member-added", "group.member-removed"]);
  });

  it("may be invited or suspended, but not deactivated, unknown or in it already", async () => {
    const { id } = await factories.group();
    const [invited, suspended, gone] = [
      await factories.user({ status: "invited" }),
      await factories.user({ status: "suspended" }),
      await factories.user({ status: "deactivated" }),
    ];
    expect((await add(id, invited.id, suspended.id)).added).toHaveLength(2);
    const refused = await add(id, invited.id, gone.id).catch(toAppError);
    expect(refused).toMatchObject({ code: "invalid", fields: { userIds: `${gone.username} is deactivated.` } });
    expect(await outcome(add(id, factories.nobody()))).toBe("invalid");
    expect(await outcome(add(id, invited.id))).toBe("conflict");
    expect(await outcome(take(id, gone.id))).toBe("conflict");
    expect(await outcome(take(id, factories.nobody()))).toBe("not-found");
  });

  it("who is in it already stays when others join, and is not recorded again", async () => {
    const { id } = await factories.group();
    const [old, fresh] = [await factories.user(), await factories.user()];
    await add(id, old.id);
    expect((await add(id, fresh.id, old.id)).added).toEqual([{ id: fresh.id, username: fresh.username }]);
    expect(await eventsOf(id, old.id)).toEqual(["group.member-added"]);
  });
});

describe("at the same time", () => {
  it("two who add the same people, in whatever order, both come to an end, and each is added once", async () => {
    for (let round = 0; round < 8; round += 1) {
      const { id } = await factories.group();
      const people = [await factories.user(), await factories.user(), await factories.user()].map((user) => user.id);
      const outcomes = await Promise.all([outcome(add(id, ...people)), outcome(add(id, ...people.toReversed()))]);
      expect(outcomes.toSorted()).toEqual(["conflict", "done"]);
      for (const userId of people) expect(await eventsOf(id, userId)).toEqual(["group.member-added"]);
      expect(await namesIn(id)).toHaveLength(3);
    }
  });

  it("nobody is in a group that was removed, whichever came first", async () => {
    for (let round = 0; round < 12; round += 1) {
      const { id } = await factories.group();
      const user = await factories.user();
      const [added, removed] = await Promise.all([
        outcome(add(id, user.id)),
        outcome(groups.remove.execute(world.system, { id })),
      ]);
      expect(removed).toBe("done");
      expect(["done", "not-found"]).toContain(added);
      expect(await world.database.sql`select 1 from group_memberships where group_id = ${id}`).toEqual([]);
      const [row] = await world.database.sql`
        select (changes #>> '{before,members}')::int as members from audit_logs
         where entity_id = ${id} and event_type = 'group.removed'`;
      expect(row).toEqual({ members: added === "done" ? 1 : 0 });
    }
  });

  it("one of two who take the same member out is told that it was done", async () => {
    const { id } = await factories.group();
    const user = await factories.user();
    await add(id, user.id);
    const outcomes = await Promise.all([outcome(take(id, user.id)), outcome(take(id, user.id))]);
    expect(outcomes.toSorted()).toEqual(["conflict", "done"]);
    expect(await eventsOf(id, user.id)).toEqual(["group.member-added", "group.member-removed"]);
  });
});

describe("the right to put users into groups", () => {
  it("covers anybody, oneself and the more powerful too, since a group gives no permission", async () => {
    const { id } = await factories.group();
    if (caller.actor.kind !== "user") throw new Error("Not a user");
    const self = { id: caller.actor.userId, username: caller.actor.username, password: factories.PASSWORD };
    const admin = await factories.user({ roles: ["admin"] });
    expect((await add(id, self.id, admin.id)).added).toHaveLength(2);
    expect((await world.asUser(self)).actor).toMatchObject({ permissions: caller.actor.permissions });
    expect([await outcome(take(id, admin.id)), await outcome(take(id, self.id))]).toEqual(["done", "done"]);
  });

  it("is not the right to make groups, and reading them is not the right to fill them", async () => {
    const { id } = await factories.group();
    const user = await factories.user();
    const reader = await world.as("group.read", "group.create", "group.update", "group.remove");
    expect(await outcome(members.add.execute(reader, { id, userIds: [user.id] }))).toBe("forbidden");
    expect(await outcome(members.remove.execute(reader, { id, userId: user.id }))).toBe("forbidden");
    expect(await outcome(groups.create.execute(caller, { name: "Mine", description: "", deviceLimit: null }))).toBe(
      "forbidden",
    );
  });
});

it("every member is on exactly one page, found by name, and the way back leads to the same page", async () => {
  const { id } = await factories.group();
  const prefix = factories.unique("crew");
  const people = [];
  for (const at of [4, 1, 3, 0, 2]) {
    people.push(await factories.user({ username: `${prefix}-${at}`, displayName: at === 3 ? "Ada Lovelace" : "" }));
  }
  await add(id, ...people.map((user) => user.id));
  const first = await list(id, { size: 2 });
  const second = await list(id, { size: 2, cursor: first.nextCursor });
  const third = await list(id, { size: 2, cursor: second.nextCursor });
  expect([first, second, third].flatMap(({ rows }) => rows.map(({ username }) => username))).toEqual(
    [0, 1, 2, 3, 4].map((at) => `${prefix}-${at}`),
  );
  expect([first.total, third.nextCursor]).toEqual([5, null]);
  expect((await list(id, { size: 2, cursor: third.previousCursor })).rows).toEqual(second.rows);
  expect((await list(id, { q: "lovelace" })).rows.map(({ username }) => username)).toEqual([`${prefix}-3`]);
  expect((await list(id, { q: "100%" })).rows).toEqual([]);
  expect((await list(id, { direction: "desc", size: 1 })).rows[0]?.username).toBe(`${prefix}-4`);
});

it("a program with the scope fills a group and empties it over REST", async () => {
  const owner = await factories.user({ roles: ["admin"] });
  const { secret } = await world.apiKey(owner, { scopes: ["group.read", "group.assign"] });
  const { id } = await factories.group();
  const user = await factories.user();
  const added = await rest(secret, `POST /api/v1/groups/${id}/members`, { userIds: [user.id] });
  expect(added).toMatchObject({ status: 200, body: { added: [{ id: user.id }], group: { members: 1 } } });
  expect(await rest(secret, `GET /api/v1/groups/${id}/members`)).toMatchObject({ body: { rows: [{ id: user.id }] } });
  expect(await rest(secret, `GET /api/v1/groups?member=${user.id}&sort=createdAt`)).toMatchObject({
    body: { rows: [{ id, members: 1 }, { name: "users" }] },
  });
  const removed = await rest(secret, `DELETE /api/v1/groups/${id}/members/${user.id}`);
  expect(removed).toMatchObject({ status: 200, body: { members: 0 } });
  expect(await rest(secret, `DELETE /api/v1/groups/${id}`)).toMatchObject({ status: 403 });
});
