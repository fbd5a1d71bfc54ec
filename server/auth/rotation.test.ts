import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { issueSession } from "@/server/auth/issue";
import { mintRefreshToken } from "@/server/auth/refresh-token";
import { GRACE_S, LOST_ANSWER_S } from "@/server/auth/rotation";
import { SessionId } from "@/server/core/ids";
import { Browser, USER_AGENT } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { expired, otherGeneration, refreshClaims } from "@/server/testing/tokens";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let user: factories.TestUser;
beforeAll(async () => {
  world = await createWorld();
  user = await factories.user();
});
afterAll(() => world.end());

const idOf = (browser: Browser): SessionId => refreshClaims(browser.cookie("kw-rt")).sessionId;

const rowOf = async (id: SessionId) => {
  const [row] = await world.database.sql`
    select r.generation, r.rotated_at, r.confirmed_at, r.token_hash, s.revoked_at, s.revoke_reason
    from refresh_tokens r join sessions s on s.id = r.session_id where s.id = ${id}`;
  return row;
};

/** What is on record of the session's refresh tokens, for the audit log and for the session. */
const recordsOf = (id: SessionId) => world.database.sql`
  select a.event_type as event, e.event_type as kind, e.severity, e.details
    from audit_logs a full join session_security_events e on e.session_id::text = a.entity_id and e.details = a.metadata
   where coalesce(a.entity_id, e.session_id::text) = ${id} and a.event_type is distinct from 'session.started'`;

/** As if the last rotation had been so long ago. */
const ago = (id: SessionId, seconds: number) => world.database.sql`
  update refresh_tokens set rotated_at = now() - make_interval(secs => ${seconds}) where session_id = ${id}`;

const works = async (browser: Browser) => (await browser.copy().call("account.me")).status === 200;

describe("a rotation", () => {
  it("gives fresh tokens, of which the old access token is not the only good one any more", async () => {
    const browser = await world.resume(user);
    const before = browser.copy();
    expect((await browser.refresh()).status).toBe(204);
    expect(refreshClaims(browser.cookie("kw-rt")).generation).toBe(2);
    expect(browser.cookie("kw-at")).not.toBe(before.cookie("kw-at"));
    expect([await works(browser), await works(before)]).toEqual([true, true]);
  });

  it("happens once for a page full of calls whose access token is over, and all of them are answered", async () => {
    const browser = await world.resume(user);
    browser.setCookie("kw-at", await expired(browser.cookie("kw-at")));
    const copies = Array.from({ length: 20 }, () => browser.copy());
    const answers = await Promise.all(copies.map((copy) => copy.call("account.me")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await rowOf(idOf(browser)))?.generation).toBe(2);
  });

  it("moves the idle limit on, never past the absolute one", async () => {
    const browser = await world.resume(user);
    const id = idOf(browser);
    await world.database.sql`
      update sessions set last_seen_at = now() - interval '59 min', idle_expires_at = now() + interval '1 min',
        expires_at = now() + interval '30 min' where id = ${id}`;
    expect((await browser.refresh()).status).toBe(204);
    const [row] = await world.database
      .sql`select idle_expires_at = expires_at as capped, now() - last_seen_at < interval '1 min' as seen from sessions where id = ${id}`;
    expect(row).toEqual({ capped: true, seen: true });
    const before = browser.copy();
    const end = await world.database.sql`select expires_at from sessions where id = ${id}`;
    for (let at = 0; at < 5; at += 1) await browser.refresh();
    expect(await world.database.sql`select expires_at from sessions where id = ${id}`).toEqual(end);
    expect(refreshClaims(browser.cookie("kw-rt")).generation - refreshClaims(before.cookie("kw-rt")).generation).toBe(
      5,
    );
  });

  it("stores nothing that could be replayed", async () => {
    const browser = await world.resume(user);
    await browser.refresh();
    const row = await rowOf(idOf(browser));
    const mac = browser.cookie("kw-rt").split(".")[4] ?? "";
    expect(JSON.stringify(row)).not.toContain(mac);
    const [whole] = await world.database.sql`select s::text || r::text as text from sessions s, refresh_tokens r
      where r.session_id = s.id and s.id = ${idOf(browser)}`;
    expect(whole?.text).not.toContain(mac);
  });
});

describe("T4: an answer that was lost, tabs and sleep:", () => {
  it("a token that was rotated away gets the same successor within the grace period, and nothing is written", async () => {
    const browser = await world.resume(user);
    const late = browser.copy();
    await browser.refresh();
    await ago(idOf(browser), GRACE_S - 2);
    const before = await rowOf(idOf(browser));
    expect((await late.refresh()).status).toBe(204);
    expect(late.cookie("kw-rt")).toBe(browser.cookie("kw-rt"));
    expect(await rowOf(idOf(browser))).toEqual(before);
  });

  it("gets the same successor again when its answer was lost and nobody ever used it, and that is on record", async () => {
    const browser = await world.browser(user);
    const lost = browser.copy();
    await browser.refresh();
    for (const seconds of [GRACE_S + 5, LOST_ANSWER_S - 5]) {
      await ago(idOf(browser), seconds);
      const retries = [lost.copy(), lost.copy()];
      const answers = await Promise.all(retries.map((retry) => retry.refresh()));
      expect(answers.map(({ status }) => status)).toEqual([204, 204]);
      for (const retry of retries) expect(retry.cookie("kw-rt")).toBe(browser.cookie("kw-rt"));
      expect(await works(browser)).toBe(true);
      await world.database.sql`update refresh_tokens set confirmed_at = null where session_id = ${idOf(browser)}`;
    }
    const details = { presented: 1, current: 2 };
    expect(await recordsOf(idOf(browser))).toEqual([
      { event: "session.refresh-retried", kind: "refresh_retry", severity: "low", details },
    ]);
  });

  it("tabs that wake up after hours, all at once, stay signed in and renew once", async () => {
    const browser = new Browser();
    browser.adopt(await issueSession(await factories.session(user, { remember: true }), user.id));
    await browser.refresh();
    await ago(idOf(browser), 8 * 3600);
    browser.setCookie("kw-at", await expired(browser.cookie("kw-at")));
    const tabs = [browser.copy(), browser.copy(), browser.copy()];
    const answers = await Promise.all(tabs.map((tab) => tab.call("account.me")));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await rowOf(idOf(browser)))?.generation).toBe(3);
  });

  it("survives an update of the browser between the lost answer and the retry", async () => {
    const browser = await world.browser(user);
    const updated = new Browser(new Map(browser.cookies), USER_AGENT.replace("141.0.0.0", "142.0.1.2"));
    await browser.refresh();
    await ago(idOf(browser), GRACE_S + 5);
    expect((await updated.refresh()).status).toBe(204);
  });
});

describe("T7: a used token that comes back", () => {
  interface Theft {
    name: string;
    old: (browser: Browser) => Promise<Browser> | Browser;
  }
  const thefts: Theft[] = [
    {
      name: "whose successor was used",
      async old(browser) {
        const copy = browser.copy();
        await browser.refresh();
        await world.database.sql`update refresh_tokens set confirmed_at = now() where session_id = ${idOf(browser)}`;
        await ago(idOf(browser), GRACE_S + 5);
        return copy;
      },
    },
    {
      name: "which comes from a browser without the device cookie",
      async old(browser) {
        const copy = browser.copy().without("kw-did");
        await browser.refresh();
        await ago(idOf(browser), GRACE_S + 5);
        return copy;
      },
    },
    {
      name: "which comes from another kind of browser",
      async old(browser) {
        const copy = new Browser(new Map(browser.cookies), "curl/8.0");
        await browser.refresh();
        await ago(idOf(browser), GRACE_S + 5);
        return copy;
      },
    },
    {
      name: "which comes back too late",
      async old(browser) {
        const copy = browser.copy();
        await browser.refresh();
        await ago(idOf(browser), LOST_ANSWER_S + 5);
        return copy;
      },
    },
    {
      name: "which is two generations old",
      async old(browser) {
        const copy = browser.copy();
        await browser.refresh();
        await browser.refresh();
        return copy;
      },
    },
  ];

  it.each(thefts)("$name ends its session and only that one, and is on record", async ({ old }) => {
    const [browser, sibling] = [await world.browser(user), await world.browser(user)];
    const id = idOf(browser);
    const thief = await old(browser);
    expect((await thief.refresh()).status).toBe(401);
    expect([thief.cookie("kw-at"), thief.cookie("kw-rt")]).toEqual(["", ""]);
    expect(await rowOf(id)).toMatchObject({ revokeReason: "reuse" });
    expect(await works(browser)).toBe(false);
    expect((await browser.copy().refresh()).status).toBe(401);
    expect(await works(sibling)).toBe(true);
    const reuse = { event: "session.reuse-detected", kind: "refresh_token_reuse", severity: "high" };
    expect(await recordsOf(id)).toEqual([{ ...reuse, details: expect.any(Object) }]);
  });

  it("is put on record once, however often it comes back", async () => {
    const browser = await world.browser(user);
    const old = browser.copy();
    await browser.refresh();
    await browser.refresh();
    await Promise.all(Array.from({ length: 10 }, () => old.copy().refresh()));
    expect((await recordsOf(idOf(browser))).length).toBe(1);
  });
});

describe("a token that is not ours", () => {
  const everything = async () => {
    const [row] = await world.database.sql`
      select (select count(*) from audit_logs) as audits, (select count(*) from session_security_events) as events,
        (select md5(string_agg(s::text, '' order by id)) from sessions s) as sessions,
        (select md5(string_agg(r::text, '' order by id)) from refresh_tokens r) as tokens`;
    return row;
  };

  it("is refused without a trace, and the session it names lives on", async () => {
    const browser = await world.resume(user);
    const token = browser.cookie("kw-rt");
    const [version, kid, sid, gen, mac = ""] = token.split(".");
    const forged = {
      "a changed MAC": [version, kid, sid, gen, mac.replace(/^./, mac.startsWith("A") ? "B" : "A")],
      "no MAC": [version, kid, sid, gen, ""],
      "a generation that was not signed": [version, kid, sid, "2", mac],
      "generation zero": [version, kid, sid, "0", mac],
      "another spelling of the generation": [version, kid, sid, "01", mac],
      "another session": [version, kid, crypto.randomUUID(), gen, mac],
      "an unknown key": [version, "k000000", sid, gen, mac],
      "another version": ["rt2", kid, sid, gen, mac],
      "something behind it": [version, kid, sid, gen, mac, "x"],
    };
    const before = await everything();
    for (const [name, parts] of Object.entries(forged)) {
      const attempt = new Browser().setCookie("kw-rt", parts.join("."));
      expect([name, (await attempt.refresh()).status]).toEqual([name, 401]);
    }
    expect(await everything()).toEqual(before);
    expect((await browser.refresh()).status).toBe(204);
  });

  it("or is ours and ahead of the database is refused, ends nothing, and is on record once", async () => {
    const browser = await world.resume(user);
    const ahead = new Browser().setCookie("kw-rt", otherGeneration(browser.cookie("kw-rt"), 1000));
    const answers = await Promise.all(Array.from({ length: 5 }, () => ahead.copy().refresh()));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(401));
    const details = { presented: 1001, current: 1 };
    expect(await recordsOf(idOf(browser))).toEqual([
      { event: "session.refresh-ahead", kind: "refresh_token_ahead", severity: "high", details },
    ]);
    expect((await browser.refresh()).status).toBe(204);
  });

  it("of a session that never was is refused", async () => {
    const { generation } = refreshClaims((await world.resume(user)).cookie("kw-rt"));
    const token = mintRefreshToken({ sessionId: SessionId.parse(crypto.randomUUID()), generation });
    expect((await new Browser().setCookie("kw-rt", token).refresh()).status).toBe(401);
  });
});

describe("a session past its limits", () => {
  it.each([
    ["idle", "idle_expires_at"],
    ["absolute", "expires_at"],
  ])("is over although its access token is still good: %s", async (_name, column) => {
    const browser = await world.resume(user);
    await world.database.sql`update sessions set ${world.database.sql(column)} = now() where id = ${idOf(browser)}`;
    const answer = await browser.copy().call("account.me");
    expect(answer.status).toBe(401);
    expect((await browser.copy().refresh()).status).toBe(401);
    expect((await rowOf(idOf(browser)))?.generation).toBe(1);
  });
});
