import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import { ApiKeyId, SessionId, UserId } from "@/server/core/ids";
import type { Caller } from "@/server/core/operation";
import { type Permission, rolePermissions } from "@/server/core/permissions";
import * as apiKeys from "@/server/modules/api-keys/service";
import * as passwords from "@/server/modules/identity/passwords.service";
import { CreateUser } from "@/server/modules/identity/schema";
import * as users from "@/server/modules/identity/service";
import * as sessions from "@/server/modules/sessions/service";
import * as factories from "@/server/testing/factories";
import { rest } from "@/server/testing/rest";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
  // The last administrator is guarded for a reason of its own.
  await factories.user({ roles: ["admin"] });
});
afterAll(() => world.end());

type UserById = { id: factories.TestUser["id"] };

/** A user who is signed in somewhere and has a key. */
async function active(...roles: string[]): Promise<factories.TestUser> {
  const user = await factories.user({ roles });
  await world.apiKey(user, {});
  return user;
}

async function sessionOf({ id }: UserById): Promise<SessionId> {
  const [row] = await world.database.sql`select id from sessions where user_id = ${id} and revoked_at is null limit 1`;
  return SessionId.parse(row?.id);
}

async function keyOf({ id }: UserById): Promise<ApiKeyId> {
  const [row] = await world.database.sql`select id from api_keys where user_id = ${id} and is_active limit 1`;
  return ApiKeyId.parse(row?.id);
}

/** Whatever lets somebody act as a user, or in the user's absence, and what it needs. */
const takeovers: { name: string; permission: Permission; run(caller: Caller, user: UserById): Promise<unknown> }[] = [
  {
    name: "a password link",
    permission: "user.reset-password",
    run: (caller, { id }) => passwords.issuePasswordLink.execute(caller, { id }),
  },
  {
    name: "a suspension",
    permission: "user.suspend",
    run: (caller, { id }) => users.suspend.execute(caller, { id }),
  },
  {
    name: "a deactivation",
    permission: "user.deactivate",
    run: (caller, { id }) => users.deactivate.execute(caller, { id }),
  },
  {
    name: "a new security stamp",
    permission: "user.sign-out",
    run: (caller, { id }) => users.rotateStamp.execute(caller, { id }),
  },
  {
    name: "a change of roles",
    permission: "role.assign",
    run: (caller, { id }) => users.changeRoles.execute(caller, { id, roles: ["user"] }),
  },
  {
    name: "the end of a session",
    permission: "session.revoke",
    run: async (caller, user) => sessions.revoke.execute(caller, { id: await sessionOf(user) }),
  },
  {
    name: "the end of all sessions",
    permission: "session.revoke",
    run: (caller, { id }) => sessions.revokeAllOfUser.execute(caller, { userId: id }),
  },
  {
    name: "the end of an API key",
    permission: "api-key.revoke",
    run: async (caller, user) => apiKeys.revoke.execute(caller, { id: await keyOf(user) }),
  },
];

const everything = takeovers.map(({ permission }) => permission);

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => toAppError(error).code,
  );

/** Everything about a user that one of these commands would change. */
const stateOf = ({ id }: UserById) => world.database.sql`
  select u.status, u.security_stamp, u.updated_at,
         (select count(*)::int from password_reset_tokens t where t.user_id = u.id) as links,
         (select array_agg(s.id order by s.id) from sessions s where s.user_id = u.id and s.revoked_at is null) as sessions,
         (select array_agg(k.id order by k.id) from api_keys k where k.user_id = u.id and k.is_active) as keys,
         (select array_agg(role_id order by role_id) from user_roles h where h.user_id = u.id) as roles
    from users u where u.id = ${id}`;

describe.each(takeovers)("$name", ({ permission, run }) => {
  it("is refused for somebody who may do what the caller may not, changes nothing and is on record", async () => {
    const caller = await world.as(...everything);
    const higher = await active("viewer");
    const before = await stateOf(higher);
    const failure = await run(caller, higher).catch(toAppError);
    expect(failure).toMatchObject({ code: "forbidden", status: 403 });
    expect(toAppError(failure).message).toBe(
      `${higher.username} holds the permission “access.read”, which you do not. Ask somebody who does.`,
    );
    expect(await stateOf(higher)).toEqual(before);
    const recorded = await world.database.sql`
      select event_type, status, message, metadata from audit_logs where request_id = ${caller.request.id}`;
    expect(recorded).toEqual([
      {
        eventType: "permission.denied",
        status: "denied",
        message: toAppError(failure).message,
        metadata: { permission },
      },
    ]);
  });

  it("is refused for an administrator, even by whoever lacks one permission only", async () => {
    const admin = await active("admin");
    const allButOne = rolePermissions.admin.filter((held) => held !== "setting.update");
    expect(await outcome(run(await world.as(...allButOne), admin))).toBe("forbidden");
  });

  it("is allowed for whoever may do no more than the caller", async () => {
    const caller = await world.as(...everything, ...rolePermissions.viewer);
    expect(await outcome(run(caller, await active("viewer")))).toBe("done");
    expect(await outcome(run(await world.as(permission), await active()))).toBe("done");
  });

  it("is allowed among administrators, and to Keyward itself", async () => {
    const admin = await world.asRole("admin");
    expect(await outcome(run(admin, await active("admin")))).toBe("done");
    expect(await outcome(run(world.system, await active("admin")))).toBe("done");
  });

  it("is allowed for oneself, also when one has just been given more", async () => {
    const user = await active("admin");
    const caller = await world.asUser(user);
    if (caller.actor.kind !== "user") throw new Error("Not a user");
    const less: Caller = { ...caller, actor: { ...caller.actor, permissions: new Set([permission]) } };
    expect(await outcome(run(less, user))).toBe("done");
  });
});

it("a suspended administrator is not brought back by somebody lesser", async () => {
  const admin = await factories.user({ roles: ["admin"], status: "suspended" });
  expect(await outcome(users.reactivate.execute(await world.asRole("moderator"), { id: admin.id }))).toBe("forbidden");
});

it("a moderator suspends users, viewers and moderators, but no administrator", async () => {
  const moderator = await world.asRole("moderator");
  const roles = ["user", "viewer", "moderator", "admin"];
  const outcomes = [];
  for (const role of roles) {
    const { id } = await factories.user({ roles: [role] });
    outcomes.push(await outcome(users.suspend.execute(moderator, { id })));
  }
  expect(outcomes).toEqual(["done", "done", "done", "forbidden"]);
});

it("nobody gives a role that allows more than they may, neither to others nor to themselves nor with an invitation", async () => {
  const user = await factories.user();
  const caller = await world.as("role.assign", "user.create", ...rolePermissions.viewer);
  if (caller.actor.kind !== "user") throw new Error("Not a user");
  const change = (id: UserById["id"], role: string) =>
    outcome(users.changeRoles.execute(caller, { id, roles: ["user", role] }));
  expect(await change(user.id, "admin")).toBe("forbidden");
  expect(await change(caller.actor.userId, "admin")).toBe("forbidden");
  expect(await change(user.id, "viewer")).toBe("done");
  const invite = (role: string) =>
    outcome(passwords.create.execute(caller, CreateUser.parse({ username: factories.unique("guest"), roles: [role] })));
  expect([await invite("moderator"), await invite("viewer")]).toEqual(["forbidden", "done"]);
});

it("a program ends no session of its owner who may do more than it, and those of whoever may do no more", async () => {
  const owner = await active("admin");
  const { secret } = await world.apiKey(owner, { scopes: ["session.revoke"] });
  const [own, others] = [await sessionOf(owner), await sessionOf(await active())];
  expect(await rest(secret, `DELETE /api/v1/sessions/${own}`)).toMatchObject({ status: 403, code: "forbidden" });
  expect(await sessionOf(owner)).toBe(own);
  expect(await rest(secret, `DELETE /api/v1/sessions/${others}`)).toMatchObject({ status: 200 });
});

it("the sessions of nobody cannot be ended", async () => {
  const userId = UserId.parse(crypto.randomUUID());
  expect(await outcome(sessions.revokeAllOfUser.execute(await world.asRole("admin"), { userId }))).toBe("not-found");
});

describe("a link to choose a password", () => {
  const choose = (url: string) =>
    outcome(
      passwords.choose.execute(world.anonymous(), { token: factories.secretOf(url), password: factories.PASSWORD }),
    );

  it("is worth nothing once its user may do what its issuer may not", async () => {
    const caller = await world.as("user.reset-password", "user.create");
    const { id } = await factories.user();
    const reset = await passwords.issuePasswordLink.execute(caller, { id });
    const input = CreateUser.parse({ username: factories.unique("guest"), roles: ["user"] });
    const invitation = await passwords.create.execute(caller, input);
    for (const { userId, url } of [reset, invitation]) {
      await users.changeRoles.execute(world.system, { id: userId, roles: ["admin"] });
      expect(await choose(url)).toBe("token-invalid");
      await users.changeRoles.execute(world.system, { id: userId, roles: ["user"] });
      expect(await choose(url)).toBe("done");
    }
  });

  it("outlives a promotion when its issuer may do as much, or when it is the person's own or Keyward's", async () => {
    const admin = await factories.user({ roles: ["admin"] });
    const issuers = [await world.asUser(admin), world.system];
    for (const issuer of issuers) {
      const { id } = await factories.user();
      const { url } = await passwords.issuePasswordLink.execute(issuer, { id });
      await users.changeRoles.execute(world.system, { id, roles: ["admin"] });
      expect(await choose(url)).toBe("done");
    }
    const own = await world.asRole("admin");
    if (own.actor.kind !== "user") throw new Error("Not a user");
    const { url } = await passwords.issuePasswordLink.execute(own, { id: own.actor.userId });
    expect(await choose(url)).toBe("done");
  });
});

it("a promotion and a password link at the same time never leave a lesser caller with a link made after it", async () => {
  const caller = await world.as("user.reset-password");
  for (let round = 0; round < 20; round += 1) {
    const { id } = await factories.user();
    const [, link] = await Promise.all([
      users.changeRoles.execute(world.system, { id, roles: ["admin"] }),
      outcome(passwords.issuePasswordLink.execute(caller, { id })),
    ]);
    const [order] = await world.database.sql`
      select max(sequence) filter (where event_type = 'user.password-link-issued'
                                     and actor_user_id is not null) as link,
             max(sequence) filter (where event_type = 'role.assigned') as promotion
        from audit_logs where entity_id = ${id}`;
    expect(["done", "forbidden"]).toContain(link);
    if (link === "done") expect(order?.link).toBeLessThan(order?.promotion);
    expect(await outcome(passwords.issuePasswordLink.execute(caller, { id }))).toBe("forbidden");
  }
});
