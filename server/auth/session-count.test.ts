import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { issueSession } from "@/server/auth/issue";
import * as users from "@/server/modules/identity/service";
import { MAX_SESSIONS } from "@/server/modules/sessions/limits";
import { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const works = async (browser: Browser) => (await browser.copy().call("account.me")).status === 200;

const ended = ({ id }: factories.TestUser) => world.database.sql`
  select s.id, s.revoke_reason, r.revoked_at is not null as "isTokenRevoked",
    (select count(*)::int from audit_logs a where a.entity_id = s.id::text and a.event_type = 'session.revoked'
      and a.metadata->>'reason' = 'limit') as records
    from sessions s join refresh_tokens r on r.session_id = s.id where s.user_id = ${id} and s.revoked_at is not null`;

const liveCount = async ({ id }: factories.TestUser) => {
  const [row] = await world.database.sql`
    select count(*)::int as live from sessions where user_id = ${id} and revoked_at is null`;
  return row?.live;
};

const signedIn = (user: factories.TestUser, count: number) =>
  Promise.all(Array.from({ length: count }, () => world.resume(user)));

describe("a user with ten sessions who signs in once more", () => {
  it("loses the oldest and no other, and it is on record", async () => {
    const user = await factories.user();
    const first = await world.resume(user);
    const others = await signedIn(user, MAX_SESSIONS - 1);
    expect(await works(first)).toBe(true);
    const eleventh = await world.resume(user);
    expect(await works(first)).toBe(false);
    expect((await first.refresh()).status).toBe(401);
    expect(await Promise.all([...others, eleventh].map(works))).toEqual(Array(MAX_SESSIONS).fill(true));
    expect(await ended(user)).toEqual([
      { id: expect.any(String), revokeReason: "limit", isTokenRevoked: true, records: 1 },
    ]);
  });

  it("loses none when one of the ten is over or was signed out, or when the browser had one of them", async () => {
    const user = await factories.user();
    const [over, out, again, ...others] = await signedIn(user, MAX_SESSIONS);
    const me = (await over?.call("account.me"))?.data as { sessionId: string };
    await world.database.sql`update sessions set idle_expires_at = now() where id = ${me.sessionId}`;
    await out?.signOut();
    await again?.signIn(user);
    const more = await signedIn(user, 2);
    expect(await Promise.all([...others, ...more].map(works))).toEqual(Array(MAX_SESSIONS - 1).fill(true));
    expect(again && (await works(again))).toBe(true);
    expect((await ended(user)).filter(({ revokeReason }) => revokeReason === "limit")).toEqual([]);
  });

  it("leaves other people's sessions alone", async () => {
    const [user, other] = [await factories.user(), await factories.user()];
    const theirs = await world.resume(other);
    await signedIn(user, MAX_SESSIONS);
    await signedIn(user, 2);
    expect(await works(theirs)).toBe(true);
  });
});

it("thirty sign-ins at the same time leave ten live sessions, and each of the others is on record once", async () => {
  const user = await factories.user();
  const ids = await Promise.all(Array.from({ length: 30 }, () => factories.session(user)));
  expect(await liveCount(user)).toBe(MAX_SESSIONS);
  const gone = await ended(user);
  expect(gone).toHaveLength(30 - MAX_SESSIONS);
  expect(new Set(gone.map((one) => `${one.revokeReason} ${one.isTokenRevoked} ${one.records}`))).toEqual(
    new Set(["limit true 1"]),
  );
  const dead = new Set(gone.map(({ id }) => id));
  for (const id of ids) {
    const issued = await issueSession(id, user.id).catch(() => "session-ended");
    expect(issued === "session-ended").toBe(dead.has(id));
  }
});

describe("a user who changed while the password was verified", () => {
  const changes: Record<string, (user: factories.TestUser) => PromiseLike<unknown>> = {
    "has another password": ({ id }) => world.database.sql`update users set password_hash = 'new' where id = ${id}`,
    "has another stamp": ({ id }) =>
      world.database.sql`update users set security_stamp = security_stamp + 1 where id = ${id}`,
    "is suspended": ({ id }) => users.suspend.execute(world.system, { id }),
  };

  it.each(Object.keys(changes))("and %s gets no session, ends none, and it is on record", async (name) => {
    const user = await factories.user();
    const device = factories.unique("browser");
    const other = factories.user();
    const theirs = new Browser();
    theirs.adopt(await issueSession(await factories.session(await other, { device }), (await other).id));
    await expect(factories.session(user, { device, meanwhile: () => changes[name]?.(user) })).rejects.toThrow(
      "sign in",
    );
    expect(await liveCount(user)).toBe(0);
    expect(await works(theirs)).toBe(true);
    const trail = await world.database.sql`
      select event_type as event, metadata->>'reason' as reason from audit_logs
      where user_id = ${user.id} and event_type in ('session.started', 'session.refused')`;
    expect([...trail]).toEqual([{ event: "session.refused", reason: "changed" }]);
  });
});

describe("the theft of a session and, at the same time,", () => {
  const ends: Record<string, (user: factories.TestUser, device: string) => Promise<unknown>> = {
    "a sign-in that ends it": (user, device) => factories.session(user, { device }),
    "the suspension of its user": ({ id }) => users.suspend.execute(world.system, { id }),
  };

  it.each(Object.keys(ends))("%s do not block each other", async (name) => {
    const { [name]: end } = ends;
    const device = factories.unique("browser");
    for (let round = 0; round < 12; round += 1) {
      const user = await factories.user();
      const browser = new Browser();
      browser.adopt(await issueSession(await factories.session(user, { device }), user.id));
      const thief = browser.copy();
      for (let at = 0; at < 2; at += 1) await browser.refresh();
      const [stolen] = await Promise.all([thief.refresh(), end?.(user, device)]);
      expect(stolen.status).toBe(401);
      expect(await works(browser)).toBe(false);
    }
  });
});
