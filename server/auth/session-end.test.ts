import { NextRequest } from "next/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proxy } from "@/server/auth/proxy";
import * as passwords from "@/server/modules/identity/passwords.service";
import * as users from "@/server/modules/identity/service";
import type { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let admin: Browser;
beforeAll(async () => {
  world = await createWorld();
  admin = await world.resume(await factories.user({ roles: ["admin"] }));
});
afterAll(() => world.end());

const NEW_PASSWORD = "an entirely different phrase";

interface Scene {
  user: factories.TestUser;
  /** The session that must end. */
  victim: Browser;
  victimId: string;
  /** Another session of the same user, in another browser. */
  sibling: Browser;
}

interface Cause {
  name: string;
  happens(scene: Scene): Promise<unknown>;
  /** Whether the user's other session lives on. */
  spares: boolean;
  reason: string;
}

async function expectDone(answer: Promise<{ status: number }>) {
  expect((await answer).status).toBeLessThan(300);
}

/** Everything that ends a session; `sibling` is where the person acts when it is the user who does. */
const causes: Cause[] = [
  {
    name: "the password is changed in another session",
    happens: ({ sibling, user }) =>
      expectDone(sibling.call("account.changePassword", { currentPassword: user.password, newPassword: NEW_PASSWORD })),
    spares: true,
    reason: "password",
  },
  {
    name: "the password is reset through a link",
    async happens({ user }) {
      const { url } = await passwords.issuePasswordLink.execute(world.system, { id: user.id });
      const token = factories.secretOf(url);
      await passwords.choose.execute(world.anonymous(), { token, password: NEW_PASSWORD });
    },
    spares: false,
    reason: "password",
  },
  {
    name: "the security stamp is renewed",
    happens: ({ user }) => expectDone(admin.call("users.rotateStamp", { id: user.id })),
    spares: false,
    reason: "admin",
  },
  {
    name: "the user is suspended",
    happens: ({ user }) => expectDone(admin.call("users.suspend", { id: user.id })),
    spares: false,
    reason: "user_disabled",
  },
  {
    name: "the user is deactivated",
    happens: ({ user }) => expectDone(admin.call("users.deactivate", { id: user.id })),
    spares: false,
    reason: "user_deleted",
  },
  {
    name: "an administrator revokes the session",
    happens: ({ victimId }) => expectDone(admin.call("sessions.revoke", { id: victimId })),
    spares: true,
    reason: "admin",
  },
  {
    name: "an administrator revokes all of the user's sessions",
    happens: ({ user }) => expectDone(admin.call("sessions.revokeAllOfUser", { userId: user.id })),
    spares: false,
    reason: "admin",
  },
  {
    name: "the user revokes it from another session",
    happens: ({ sibling, victimId }) => expectDone(sibling.call("sessions.revokeOwn", { id: victimId })),
    spares: true,
    reason: "logout",
  },
  {
    name: "the user revokes the other sessions",
    happens: ({ sibling }) => expectDone(sibling.call("sessions.revokeOthers")),
    spares: true,
    reason: "logout_all",
  },
  {
    name: "the user ends every session",
    happens: ({ sibling }) => expectDone(sibling.call("sessions.revokeEverywhere")),
    spares: false,
    reason: "logout_all",
  },
  {
    name: "it is signed out",
    happens: async ({ victim }) => expectDone(victim.copy().signOut()),
    spares: true,
    reason: "logout",
  },
  {
    name: "the same browser signs in again",
    async happens({ victim, user }) {
      const again = victim.copy();
      await again.signIn(user);
      expect((await again.call("account.me")).status).toBe(200);
    },
    spares: true,
    reason: "replaced",
  },
  {
    name: "the user's password hash is changed behind the server's back",
    happens: ({ user }) => world.database.sql`update users set password_hash = 'none' where id = ${user.id}`,
    spares: false,
    reason: "",
  },
  {
    name: "the user is suspended and the session forgotten",
    async happens({ user }) {
      await world.database.sql`update users set status = 'suspended' where id = ${user.id}`;
      await world.database.sql`update sessions set revoked_at = null, revoke_reason = null where user_id = ${user.id}`;
    },
    spares: false,
    reason: "",
  },
  {
    name: "the stamp is changed behind the server's back",
    happens: ({ user }) =>
      world.database.sql`update users set security_stamp = security_stamp + 1 where id = ${user.id}`,
    spares: false,
    reason: "",
  },
];

async function scene(): Promise<Scene> {
  const user = await factories.user();
  const [victim, sibling] = [await world.browser(user), await world.browser(user)];
  const me = (await victim.call("account.me")).data as { sessionId: string };
  return { user, victim, victimId: me.sessionId, sibling };
}

/** Where the proxy sends a page request: on, or to the sign-in page. */
async function page(browser: Browser): Promise<"shown" | "sign-in"> {
  const answer = await proxy(new NextRequest(browser.request("/overview")));
  return answer.headers.get("location")?.includes("/sign-in") ? "sign-in" : "shown";
}

const clears = (response: Response, browser: Browser) => {
  const copy = browser.copy();
  copy.adopt(response.headers.getSetCookie());
  return [copy.cookie("kw-at"), copy.cookie("kw-rt")];
};

describe.each(causes)("T2: when $name", ({ happens, spares, reason }) => {
  let before: Scene;
  let stolen: Browser;
  beforeAll(async () => {
    before = await scene();
    expect(await page(before.victim)).toBe("shown");
    // What somebody may have copied before: still within the access token's five minutes.
    stolen = before.victim.copy();
    await happens(before);
  });

  it("the access token is refused at the next request, and its cookies are taken back", async () => {
    for (const browser of [stolen.copy(), stolen.copy().without("kw-rt")]) {
      const answer = await browser.copy().call("account.me");
      expect([answer.status, answer.code]).toEqual([401, "unauthenticated"]);
      expect(clears(answer.response, browser)).toEqual(["", ""]);
    }
  });

  it("the refresh token is refused, alone and beside the access token", async () => {
    for (const browser of [stolen.copy(), stolen.copy().without("kw-at")]) {
      const answer = await browser.copy().refresh();
      expect(await answer.json()).toMatchObject({ type: "/problems/session-ended", status: 401 });
      expect(clears(answer, browser)).toEqual(["", ""]);
      const called = await stolen.copy().without("kw-at").call("account.me");
      expect(called.status).toBe(401);
    }
  });

  it("pages and the handshake know nobody any more", async () => {
    expect(await page(stolen)).toBe("sign-in");
    expect(await page(stolen.copy().without("kw-at"))).toBe("sign-in");
    expect(await (await stolen.copy().fetch("/api/auth/session")).json()).toBeNull();
  });

  it("other sessions live exactly if they should, and other people's always", async () => {
    const status = (await before.sibling.call("account.me")).status;
    expect(status).toBe(spares ? 200 : 401);
    expect((await admin.call("account.me")).status).toBe(200);
  });

  it("the reason is on the session's row", async () => {
    const [row] = await world.database.sql`
      select s.revoke_reason, s.revoked_at is not null as revoked from sessions s where s.id = ${before.victimId}`;
    expect(row).toEqual(reason ? { revokeReason: reason, revoked: true } : { revokeReason: null, revoked: false });
  });
});

describe("a change that is committed", () => {
  const ends = {
    stamp: (id: factories.TestUser["id"]) => users.rotateStamp.execute(world.system, { id }),
    status: (id: factories.TestUser["id"]) => users.suspend.execute(world.system, { id }),
  };

  it.each(["stamp", "status"] as const)(
    "is seen by every request that begins after it, however many are under way: %s",
    async (change) => {
      for (let round = 0; round < 20; round += 1) {
        const user = await factories.user();
        const browser = await world.resume(user);
        const { [change]: end } = ends;
        let isCommitted = false;
        const seen: { startedAfter: boolean; status: number }[] = [];
        const ask = async () => {
          for (let at = 0; at < 6; at += 1) {
            const startedAfter = isCommitted;
            seen.push({ startedAfter, status: (await browser.copy().call("account.me")).status });
          }
        };
        const asking = Promise.all([ask(), ask(), ask(), ask()]);
        await end(user.id);
        isCommitted = true;
        seen.push({ startedAfter: true, status: (await browser.copy().call("account.me")).status });
        await asking;
        expect(seen.filter(({ startedAfter, status }) => startedAfter && status !== 401)).toEqual([]);
      }
    },
  );
});
