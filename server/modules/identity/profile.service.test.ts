import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as profile from "@/server/modules/identity/profile.service";
import { UpdateProfile } from "@/server/modules/identity/schema";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const change = async (user: factories.TestUser, input: { displayName: string; email: string }) =>
  profile.updateProfile.execute(await world.asUser(user), UpdateProfile.parse(input));

const changesOf = (user: factories.TestUser) =>
  world.database.sql`select changes from audit_logs where event_type = 'user.updated' and entity_id = ${user.id}`;

describe("one's own profile", () => {
  it("shows what is stored, not what stands in for it", async () => {
    const user = await factories.user();
    const stored = { displayName: "", email: `${user.username}@example.com` };
    await change(user, stored);
    expect(await profile.profile.execute(await world.asUser(user), undefined)).toEqual(stored);
  });

  it("is on record with the fields that changed and no others", async () => {
    const user = await factories.user();
    const caller = await world.asUser(user);
    const { email } = await profile.profile.execute(caller, undefined);
    await change(user, { displayName: "Grace Hopper", email: email ?? "" });
    const [entry] = await changesOf(user);
    expect(Object.keys(entry?.changes.after)).toEqual(["displayName"]);
    expect(entry?.changes.after.displayName).toBe("Grace Hopper");
  });

  it("saved as it was, leaves no entry", async () => {
    const user = await factories.user();
    const input = { displayName: "Same", email: `${user.username}@same.example` };
    await change(user, input);
    await change(user, input);
    expect(await changesOf(user)).toHaveLength(1);
  });

  it("does not take another's address, whatever its case, and names the field", async () => {
    const [first, second] = [await factories.user(), await factories.user()];
    const email = `${first.username}@taken.example`;
    await change(first, { displayName: "", email });
    const refused = change(second, { displayName: "", email: email.toUpperCase() });
    await expect(refused).rejects.toMatchObject({ code: "name-taken", fields: { email: expect.any(String) } });
  });

  it("counts a new address as unverified", async () => {
    const user = await factories.user();
    const { sql } = world.database;
    await sql`update users set email_verified = true, email_verified_at = now() where id = ${user.id}`;
    await change(user, { displayName: "", email: `${user.username}@new.example` });
    const [row] = await sql`select email_verified, email_verified_at from users where id = ${user.id}`;
    expect(row).toEqual({ emailVerified: false, emailVerifiedAt: null });
  });

  it("ends no session", async () => {
    const user = await factories.user();
    const browser = await world.resume(user);
    await change(user, { displayName: "Still here", email: "" });
    expect((await browser.call("account.me")).data).toMatchObject({ displayName: "Still here" });
  });
});
