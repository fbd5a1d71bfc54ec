import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import * as users from "@/server/modules/identity/service";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => toAppError(error).code,
  );

describe("the last administrator", () => {
  let admins: factories.TestUser[];
  beforeAll(async () => {
    admins = [await factories.user({ roles: ["admin"] }), await factories.user({ roles: ["admin"] })];
  });

  const ends = {
    suspend: ({ id }: factories.TestUser) => users.suspend.execute(world.system, { id }),
    deactivate: ({ id }: factories.TestUser) => users.deactivate.execute(world.system, { id }),
    demote: ({ id }: factories.TestUser) => users.changeRoles.execute(world.system, { id, roles: ["user"] }),
  };

  const live = async () => {
    const [row] = await world.database.sql`
      select count(*)::int as admins from users u join user_roles h on h.user_id = u.id join roles r on r.id = h.role_id
      where r.name = 'admin' and u.status = 'active'`;
    return row?.admins;
  };

  /** Makes both administrators again, whatever became of them. */
  async function restore() {
    const ids = admins.map(({ id }) => id);
    await world.database.sql`update users set status = 'active', deleted_at = null where id = any(${ids})`;
    for (const id of ids) await users.changeRoles.execute(world.system, { id, roles: ["admin"] });
  }

  const pairs = [
    ["suspend", "suspend"],
    ["demote", "demote"],
    ["deactivate", "suspend"],
    ["demote", "suspend"],
  ] as const;

  it.each(pairs)("stays when two are ended at the same time: %s and %s", async (one, other) => {
    for (let round = 0; round < 12; round += 1) {
      await restore();
      const [first, second] = admins as [factories.TestUser, factories.TestUser];
      const outcomes = await Promise.all([outcome(ends[one](first)), outcome(ends[other](second))]);
      expect(outcomes.toSorted()).toEqual(["done", "last-admin"]);
      expect(await live()).toBe(1);
    }
  });

  it("cannot be ended by themselves either", async () => {
    await restore();
    const [first, second] = admins as [factories.TestUser, factories.TestUser];
    await ends.demote(second);
    const caller = await world.asUser(first);
    for (const operation of [users.suspend, users.deactivate]) {
      expect(await outcome(operation.execute(caller, { id: first.id }))).toBe("last-admin");
    }
    expect(await outcome(users.changeRoles.execute(caller, { id: first.id, roles: [] }))).toBe("last-admin");
    expect(await live()).toBe(1);
  });

  it("is not replaced by one who cannot sign in", async () => {
    await restore();
    const [first, second] = admins as [factories.TestUser, factories.TestUser];
    await ends.suspend(second);
    await factories.user({ roles: ["admin"], status: "invited" });
    expect(await outcome(ends.suspend(first))).toBe("last-admin");
    await restore();
  });
});

describe("a change of roles", () => {
  it("counts at the very next request, both ways", async () => {
    const user = await factories.user({ roles: ["user"] });
    const browser = await world.resume(user);
    for (let round = 0; round < 5; round += 1) {
      expect((await browser.call("users.list", {})).code).toBe("forbidden");
      await users.changeRoles.execute(world.system, { id: user.id, roles: ["user", "viewer"] });
      expect((await browser.call("users.list", {})).status).toBe(200);
      await users.changeRoles.execute(world.system, { id: user.id, roles: ["user"] });
    }
  });

  it("to a role that does not exist changes nothing", async () => {
    const { id } = await factories.user({ roles: ["viewer"] });
    const change = users.changeRoles.execute(world.system, { id, roles: ["user", "emperor"] });
    expect(await outcome(change)).toBe("invalid");
    expect((await users.get.execute(world.system, { id })).roles).toEqual(["viewer"]);
  });

  it("is on record with what was before and after, and who did it", async () => {
    const admin = await factories.user({ roles: ["admin"] });
    const { id } = await factories.user({ roles: ["viewer"] });
    await users.changeRoles.execute(await world.asUser(admin), { id, roles: ["moderator", "user"] });
    const rows = await world.database.sql`
      select actor_user_id, changes from audit_logs where entity_id = ${id} and event_type like 'role.%'`;
    expect(rows).toEqual([
      { actorUserId: admin.id, changes: { before: { roles: ["viewer"] }, after: { roles: ["moderator", "user"] } } },
    ]);
  });
});

describe("a user's state", () => {
  it("moves along its arrows and no others", async () => {
    const moves = { suspend: users.suspend, reactivate: users.reactivate, deactivate: users.deactivate };
    const allowed = {
      invited: { suspend: "done", reactivate: "conflict", deactivate: "done" },
      active: { suspend: "done", reactivate: "conflict", deactivate: "done" },
      suspended: { suspend: "conflict", reactivate: "done", deactivate: "done" },
      deactivated: { suspend: "conflict", reactivate: "conflict", deactivate: "conflict" },
    } as const;
    for (const [status, answers] of Object.entries(allowed)) {
      for (const [move, answer] of Object.entries(answers)) {
        const { id } = await factories.user({ status: status as keyof typeof allowed });
        const { [move as keyof typeof moves]: operation } = moves;
        expect([status, move, await outcome(operation.execute(world.system, { id }))]).toEqual([status, move, answer]);
      }
    }
  });

  it("is moved by one of many who try at the same time", async () => {
    const { id } = await factories.user();
    const tries = Array.from({ length: 8 }, () => outcome(users.suspend.execute(world.system, { id })));
    expect((await Promise.all(tries)).toSorted()).toEqual([...Array(7).fill("conflict"), "done"]);
    const rows = await world.database
      .sql`select 1 from audit_logs where entity_id = ${id} and event_type = 'user.suspended'`;
    expect(rows).toHaveLength(1);
  });

  it("an invited user who is reactivated still has to choose a password", async () => {
    const user = await factories.user({ status: "invited" });
    await users.suspend.execute(world.system, { id: user.id });
    await users.reactivate.execute(world.system, { id: user.id });
    expect((await users.get.execute(world.system, { id: user.id })).status).toBe("invited");
    await expect(world.browser(user)).rejects.toThrow();
  });

  it("of somebody unknown is not found", async () => {
    const id = factories.nobody();
    for (const operation of [users.get, users.suspend, users.reactivate, users.deactivate, users.rotateStamp]) {
      expect(await outcome(operation.execute(world.system, { id }))).toBe("not-found");
    }
  });
});

describe("a list of users", () => {
  it("holds nothing that only the authority may read", async () => {
    const caller = await world.as("user.read");
    const { rows } = await users.list.execute(caller, { sort: "username", size: 100 });
    const text = JSON.stringify(rows);
    expect(rows.length).toBeGreaterThan(3);
    expect(text).not.toMatch(/argon2|checksum|password|stamp|secret/i);
  });

  it("shows everyone once in every order, those who never signed in among them", async () => {
    const caller = await world.as("user.read");
    for (const sort of ["username", "createdAt", "lastLoginAt"] as const) {
      for (const direction of ["asc", "desc"] as const) {
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await users.list.execute(caller, { sort, direction, size: 4, cursor });
          expect(page.totalIsExact).toBe(true);
          seen.push(...page.rows.map(({ id }) => id));
          cursor = page.nextCursor ?? undefined;
        } while (cursor);
        const all = await world.database.sql`select id from users`;
        expect(seen.toSorted()).toEqual(all.map(({ id }) => id).toSorted());
      }
    }
  });
});
