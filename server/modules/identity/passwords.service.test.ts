import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import type { Caller } from "@/server/core/operation";
import { rolePermissions } from "@/server/core/permissions";
import * as passwords from "@/server/modules/identity/passwords.service";
import { ChoosePassword, CreateUser, NewPassword } from "@/server/modules/identity/schema";
import * as users from "@/server/modules/identity/service";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const invite = (input: Partial<CreateUser> = {}, caller: Caller = world.system) =>
  passwords.create.execute(caller, CreateUser.parse({ username: factories.unique("guest"), ...input }));

const choose = (url: string, password = factories.PASSWORD) =>
  passwords.choose.execute(world.anonymous(), { token: factories.secretOf(url), password }).then(
    () => "chosen",
    (error: unknown) => toAppError(error).code,
  );

const resetLink = (id: factories.TestUser["id"], caller: Caller = world.system) =>
  passwords.issuePasswordLink.execute(caller, { id });

describe("an invitation", () => {
  it("leads from a created user through the link to signing in with the chosen password", async () => {
    const { username, userId, url } = await invite({ displayName: "Ada Lovelace", roles: ["viewer"] });
    const before = await users.get.execute(world.system, { id: userId });
    expect(before).toMatchObject({ status: "invited", displayName: "Ada Lovelace", roles: ["viewer"] });
    expect(await choose(url)).toBe("chosen");
    expect((await users.get.execute(world.system, { id: userId })).status).toBe("active");
    const browser = await world.browser({ id: userId, username, password: factories.PASSWORD });
    expect((await browser.call("account.me")).data).toMatchObject({ username });
  });

  it("keeps its secret in the fragment and only a hash of it in the database", async () => {
    const { url, userId } = await invite();
    const secret = factories.secretOf(url);
    expect(Buffer.from(secret, "base64url")).toHaveLength(32);
    expect(new URL(url).search).toBe("");
    const [stored] = await world.database
      .sql`select t::text as row from password_reset_tokens t where user_id = ${userId}`;
    expect(stored?.row).not.toContain(secret);
    const [trail] = await world.database.sql`select string_agg(a::text, '') as rows from audit_logs a`;
    expect(trail?.rows).not.toContain(secret);
  });

  it("gives no power that the inviter may not give", async () => {
    const caller = await world.as("user.create");
    await expect(invite({ roles: ["admin"] }, caller)).rejects.toMatchObject({ code: "forbidden" });
    await expect(invite({ roles: ["user"] }, caller)).resolves.toBeDefined();
    const trusted = await world.as("user.create", "role.assign", ...rolePermissions.moderator);
    await expect(invite({ roles: ["moderator"] }, trusted)).resolves.toBeDefined();
  });

  it("to a role that does not exist names the field and creates nobody", async () => {
    const username = factories.unique("guest");
    const failure = await invite({ username, roles: ["emperor"] }).catch(toAppError);
    expect(failure).toMatchObject({ code: "invalid", fields: { roles: "There is no role “emperor”." } });
    expect(await world.database.sql`select 1 from users where username = ${username}`).toHaveLength(0);
  });
});

describe("a link to choose a password", () => {
  it.each([
    ["an invitation", "invited", "user.invitation-accepted"],
    ["a reset", "active", "user.password-changed"],
  ] as const)(
    "T16: works once, for one of thirty-two who use it at the same time: %s",
    async (_name, status, event) => {
      for (const round of [1, 2]) {
        const user = await factories.user({ status });
        const { url } = await resetLink(user.id);
        const tries = Array.from({ length: 32 }, (_, at) => choose(url, `attempt number ${round}-${at} of many`));
        const outcomes = await Promise.all(tries);
        expect(outcomes.toSorted()).toEqual(["chosen", ...Array(31).fill("token-invalid")]);
        const winner = outcomes.indexOf("chosen");
        await world.browser({ ...user, password: `attempt number ${round}-${winner} of many` });
        const records = await world.database
          .sql`select 1 from audit_logs where entity_id = ${user.id} and event_type = ${event}`;
        expect(records).toHaveLength(1);
      }
    },
  );

  it.each([
    ["an invitation", 73, "invited" as const],
    ["a reset", 0.26, "active" as const],
  ])("does not work after its time: %s", async (_name, hours, status) => {
    const { id } = await factories.user({ status });
    const clock = world.at(new Date(Date.now() - hours * 3_600_000).toISOString());
    const late = await resetLink(id, { ...world.system, clock });
    expect(await choose(late.url)).toBe("token-invalid");
    const inTime = await resetLink(id);
    expect(await choose(inTime.url)).toBe("chosen");
  });

  it("is over as soon as a newer one was issued", async () => {
    const { id } = await factories.user();
    const first = await resetLink(id);
    const second = await resetLink(id);
    expect(await choose(first.url)).toBe("token-invalid");
    expect(await choose(second.url)).toBe("chosen");
  });

  it.each(["suspend", "deactivate"] as const)("does not bring back a user after %s", async (change) => {
    const user = await factories.user();
    const { url } = await resetLink(user.id);
    const { [change]: end } = users;
    await end.execute(world.system, { id: user.id });
    expect(await choose(url, "another good long password")).toBe("token-invalid");
    const [row] = await world.database.sql`select status from users where id = ${user.id}`;
    expect(row?.status).toBe(change === "suspend" ? "suspended" : "deactivated");
  });

  it("is not issued for a user who may not sign in", async () => {
    for (const status of ["suspended", "deactivated"] as const) {
      const { id } = await factories.user({ status });
      await expect(resetLink(id)).rejects.toMatchObject({ code: "conflict" });
    }
    await expect(resetLink(factories.nobody())).rejects.toMatchObject({ code: "not-found" });
  });

  it("stays good when the password chosen with it was refused", async () => {
    const { url, username } = await invite();
    expect(await choose(url, `${username}${username}`)).toBe("invalid");
    expect(await choose(url)).toBe("chosen");
  });

  it("that nobody issued is refused like a used one", async () => {
    expect(await choose(`http://localhost/accept-invite#${"A".repeat(43)}`)).toBe("token-invalid");
    expect(ChoosePassword.safeParse({ token: "short", password: factories.PASSWORD }).success).toBe(false);
  });
});

describe("names", () => {
  it("are taken whatever their case, and the refusal names the field", async () => {
    const taken = await invite({ email: `${factories.unique("ada")}@example.com` });
    const again = invite({ username: taken.username.toUpperCase() }).catch(toAppError);
    expect(await again).toMatchObject({ code: "name-taken", fields: { username: "This user name is taken." } });
    const { email } = await users.get.execute(world.system, { id: taken.userId });
    const mail = invite({ email: email?.toUpperCase() ?? null }).catch(toAppError);
    expect(await mail).toMatchObject({
      code: "name-taken",
      fields: { email: "Another user has this e-mail address." },
    });
  });

  it("are given to one of many who ask at the same time", async () => {
    const username = factories.unique("wanted");
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, () =>
        invite({ username }).then(
          () => "created",
          (error) => toAppError(error).code,
        ),
      ),
    );
    expect(outcomes.toSorted()).toEqual(["created", ...Array(15).fill("name-taken")]);
    const rows = await world.database.sql`select 1 from audit_logs where changes->'after'->>'username' = ${username}`;
    expect(rows).toHaveLength(1);
  });
});

describe("changing one's own password", () => {
  const next = "an entirely different phrase";

  it("needs the current one", async () => {
    const user = await factories.user();
    const browser = await world.browser(user);
    const wrong = await browser.call("account.changePassword", {
      currentPassword: "not my password",
      newPassword: next,
    });
    expect(wrong).toMatchObject({ code: "invalid", status: 422 });
    expect(Object.keys(wrong.fields ?? {})).toEqual(["currentPassword"]);
    const missing = await browser.call("account.changePassword", { newPassword: next });
    expect(missing.status).toBe(422);
    expect((await browser.call("account.me")).status).toBe(200);
  });

  it("keeps this browser signed in under a new session and the old password is over", async () => {
    const user = await factories.user();
    const browser = await world.browser(user);
    const before = (await browser.call("account.me")).data as { sessionId: string };
    const changed = await browser.call("account.changePassword", { currentPassword: user.password, newPassword: next });
    expect(changed.status).toBe(200);
    const after = (await browser.call("account.me")).data as { sessionId: string };
    expect(after.sessionId).not.toBe(before.sessionId);
    expect((await browser.refresh()).status).toBe(204);
    await expect(world.browser(user)).rejects.toThrow();
    await world.browser({ ...user, password: next });
  });

  it("to the same password counts as a change", async () => {
    const user = await factories.user();
    const [browser, other] = [await world.browser(user), await world.browser(user)];
    await browser.call("account.changePassword", { currentPassword: user.password, newPassword: user.password });
    expect((await other.call("account.me")).code).toBe("unauthenticated");
  });
});

describe("a password", () => {
  it("has at least 15 and at most 1024 characters", () => {
    const fits = (length: number) => NewPassword.safeParse("ä".repeat(length)).success;
    expect([14, 15, 64, 128, 1024, 1025].map(fits)).toEqual([false, true, true, true, true, false]);
  });
});
