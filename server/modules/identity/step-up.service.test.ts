import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import * as users from "@/server/modules/identity/service";
import { stepUp } from "@/server/modules/identity/step-up.service";
import type { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let admin: factories.TestUser;
/** Whose stamp is renewed, the demanding command of these tests. */
let target: factories.TestUser;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  admin = await factories.user({ roles: ["admin"] });
  target = await factories.user();
});

const tokenOf = (browser: Browser) => {
  const [, , id = "", generation] = browser.cookie("kw-rt").split(".");
  return { id, generation: Number(generation) };
};

/** A browser whose password was given long ago. */
async function tired(user = admin): Promise<Browser> {
  const browser = await world.resume(user);
  await world.database.sql`update sessions set elevated_until = now() where id = ${tokenOf(browser).id}`;
  return browser;
}

const confirm = (browser: Browser, password = admin.password) => browser.call("account.stepUp", { password });
const renewStamp = async (browser: Browser) => (await browser.call("users.rotateStamp", { id: target.id })).code;
const stampOf = async ({ id }: factories.TestUser) =>
  (await world.database.sql`select security_stamp as stamp from users where id = ${id}`)[0]?.stamp;
const eventsOf = async ({ id }: factories.TestUser) =>
  (
    await world.database.sql<{ eventType: string; status: string }[]>`
      select event_type, status from audit_logs where user_id = ${id} and event_type in ('session.elevated', 'session.elevation-refused') order by id`
  ).map(({ eventType, status }) => `${eventType} ${status}`);

describe("confirming the password", () => {
  it("elevates this session and no other, for ten minutes, and is recorded", async () => {
    const [here, there] = [await tired(), await tired()];
    expect((await confirm(here)).status).toBe(200);
    const rows = await world.database.sql`
      select id, round(extract(epoch from elevated_until - now()) / 10) * 10 as left from sessions
      where user_id = ${admin.id} and elevated_until > now()`;
    expect(rows.map(({ id, left }) => [id, Number(left)])).toEqual([[tokenOf(here).id, 600]]);
    expect([await renewStamp(here), await renewStamp(there)]).toEqual([undefined, "step-up-required"]);
    expect(await eventsOf(admin)).toEqual(["session.elevated success"]);
  });

  it("with a wrong password is refused on its field, recorded, and elevates nothing", async () => {
    const browser = await tired();
    const before = tokenOf(browser);
    const answer = await confirm(browser, "not the password at all");
    expect(answer).toMatchObject({ status: 422, fields: { password: "This is not your current password." } });
    expect([await renewStamp(browser), tokenOf(browser)]).toEqual(["step-up-required", before]);
    expect(await eventsOf(admin)).toEqual(["session.elevation-refused failure"]);
  });

  it("is refused to a user without a password, as a wrong one is", async () => {
    await world.database.sql`update users set password_hash = null where id = ${admin.id}`;
    const caller = await world.asUser(admin);
    const failure = await stepUp.execute(caller, { password: admin.password }).catch(toAppError);
    expect(failure).toMatchObject({ code: "invalid" });
  });

  it("can be tried five times in ten minutes by an account, in whatever sessions and forms", async () => {
    const browsers = await Promise.all([tired(), tired()]);
    const wrong = "not the password at all";
    const tries = browsers.flatMap((browser) => [
      ...Array.from({ length: 4 }, () => () => confirm(browser, wrong)),
      () => browser.call("account.changePassword", { currentPassword: wrong, newPassword: factories.PASSWORD }),
    ]);
    const codes = (await Promise.all(tries.map((attempt) => attempt()))).map(({ code }) => code);
    expect(codes.filter((code) => code === "invalid")).toHaveLength(5);
    expect(codes.filter((code) => code === "too-many-requests")).toHaveLength(5);
    expect((await confirm(await tired())).code).toBe("too-many-requests");
    expect(await eventsOf(admin)).toHaveLength(5);
  });
});

describe("an elevated session", () => {
  it("has a new generation with tokens of its own, and copies of the old ones gain nothing", async () => {
    const browser = await tired();
    const copy = browser.copy();
    await confirm(browser);
    expect(tokenOf(browser)).toEqual({ ...tokenOf(copy), generation: tokenOf(copy).generation + 1 });
    expect(browser.cookie("kw-at")).not.toBe(copy.cookie("kw-at"));
    expect([await renewStamp(copy), await renewStamp(browser)]).toEqual(["step-up-required", undefined]);
    await world.database.sql`
      update refresh_tokens set rotated_at = now() - interval '1 hour' where session_id = ${tokenOf(browser).id}`;
    expect((await copy.refresh()).status).toBe(401);
  });

  it("stays elevated as its tokens are renewed", async () => {
    const browser = await tired();
    await confirm(browser);
    expect((await browser.refresh()).status).toBe(204);
    expect(await renewStamp(browser)).toBeUndefined();
  });

  it("gets one successor from two tabs that confirm at the same time, whichever answer comes last", async () => {
    const first = await tired();
    const tabs = [first, first.copy()];
    const answers = await Promise.all(tabs.map((tab) => confirm(tab)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(new Set(tabs.map((tab) => tab.cookie("kw-rt"))).size).toBe(1);
    for (const tab of tabs) expect(await renewStamp(tab)).toBeUndefined();
  });

  it("is none any more once the session ended, and a confirmation revives nothing", async () => {
    const browser = await tired();
    await world.database.sql`
      update sessions set revoked_at = now(), revoke_reason = 'admin' where id = ${tokenOf(browser).id}`;
    expect((await confirm(browser.copy())).code).toBe("unauthenticated");
    const caller = await world.asUser(admin);
    if (caller.actor.kind !== "user") throw new Error("Not a user");
    await world.database.sql`
      update sessions set revoked_at = now(), revoke_reason = 'admin' where id = ${caller.actor.sessionId}`;
    const failure = await stepUp.execute(caller, { password: admin.password }).catch(toAppError);
    expect(failure).toMatchObject({ code: "session-ended" });
    const refused = await users.rotateStamp.execute(caller, { id: target.id }).catch(toAppError);
    expect(refused).toMatchObject({ code: "step-up-required" });
  });
});

describe("races", () => {
  let stamp: number;
  beforeEach(async () => {
    stamp = await stampOf(target);
  });

  it("no demanding command begins after the elevation was taken away", async () => {
    let done = 0;
    for (let round = 0; round < 40; round++) {
      const caller = await world.asUser(admin);
      if (caller.actor.kind !== "user") throw new Error("Not a user");
      const run = () => users.rotateStamp.execute(caller, { id: target.id }).then(() => "done", toAppError);
      const under = Array.from({ length: 4 }, run);
      await world.database.sql`update sessions set elevated_until = null where id = ${caller.actor.sessionId}`;
      const late = await Promise.all(Array.from({ length: 4 }, run));
      expect(late).toEqual(Array(4).fill(expect.objectContaining({ code: "step-up-required" })));
      done += (await Promise.all(under)).filter((outcome) => outcome === "done").length;
    }
    expect(await stampOf(target)).toBe(stamp + done);
  });

  it("a password changed while another session confirms the old one leaves that session dead", async () => {
    for (let round = 0; round < 8; round++) {
      const user = await factories.user({ roles: ["admin"] });
      const [changes, confirms] = [await tired(user), await tired(user)];
      const newPassword = `a new password of round ${round}`;
      await Promise.all([
        changes.call("account.changePassword", { currentPassword: user.password, newPassword }),
        confirms.call("account.stepUp", { password: user.password }),
      ]);
      expect(await renewStamp(confirms)).toMatch(/session-ended|unauthenticated/);
      expect(await renewStamp(changes)).toBeUndefined();
    }
  });
});

it("a changed password begins an elevated session: it was given a moment ago", async () => {
  const browser = await tired();
  const input = { currentPassword: admin.password, newPassword: "another long walk uphill" };
  expect((await browser.call("account.changePassword", input)).status).toBe(200);
  expect(await renewStamp(browser)).toBeUndefined();
});
