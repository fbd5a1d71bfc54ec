import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

/** Every argon2 verification of this process: the real ones, counted. */
const work = vi.hoisted(() => ({ verified: 0 }));
vi.mock("@/server/auth/hash-threads", async (original) => {
  const real = await original<typeof import("@/server/auth/hash-threads")>();
  const verify: typeof real.verify = (...args) => {
    work.verified += 1;
    return real.verify(...args);
  };
  return { ...real, verify };
});

import type { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  await world.database.sql`truncate rate_limits`;
  work.verified = 0;
});

const WRONG = "not the password of anybody";

let addresses = 0;
/** An address in a network of its own. */
const elsewhere = () => {
  addresses += 1;
  return `10.${addresses >> 8}.${addresses & 255}.7`;
};

interface Guess {
  username: string;
  password?: string;
  ip?: string;
  browser?: Browser;
}

/** One sign-in, by default with a wrong password from a fresh browser in a network of its own. */
async function guess({ username, password = WRONG, ip = elsewhere(), browser }: Guess) {
  const at = browser ?? (await world.browser());
  const answer = await at.from(ip).signIn({ username, password });
  const body = await answer.json();
  const code = body.type?.replace("/problems/", "") ?? new URL(body.url).searchParams.get("code") ?? "signed-in";
  return { status: answer.status, code, detail: body.detail, retryAfter: Number(answer.headers.get("retry-after")) };
}

const times = <T>(count: number, one: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, one));
const count = (answers: { code: string }[], code: string) => answers.filter((answer) => answer.code === code).length;

/** Lets time pass for the budgets. */
const later = (seconds: number) => world.database.sql`update rate_limits set expire = expire - ${seconds * 1000}`;

/** Leaves a budget with so many attempts taken, as a long attack would. */
const spend = (key: string, points: number) =>
  world.database.sql`insert into rate_limits values (${key}, ${points}, ${Date.now() + 300_000})`;

const trail = (event: string) =>
  world.database.sql`select user_id as "userId", metadata from audit_logs
    where event_type = ${event} order by created_at, id`;

describe("T24: a burst of guesses", () => {
  it("never gets more verifications than the account's budget, however many arrive at once and from wherever", async () => {
    const { username } = await factories.user();
    const answers = await times(100, () => guess({ username }));
    expect(work.verified).toBe(5);
    expect([count(answers, "wrong-credentials"), count(answers, "too-many-requests")]).toEqual([5, 95]);
  });

  it("with the right password among the refused lets nobody in and says nothing of it", async () => {
    const { username, password } = await factories.user();
    await times(5, () => guess({ username }));
    const refused = [await guess({ username, password }), await guess({ username })];
    for (const { status, code } of refused) expect([status, code]).toEqual([429, "too-many-requests"]);
    expect(work.verified).toBe(5);
  });

  it("treats a name nobody has like any other, however it is written", async () => {
    const names = ["Nobody-At-All", "nobody-at-all", " NOBODY-AT-ALL "];
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, at) => guess({ username: names[at % names.length] ?? "" })),
    );
    expect(work.verified).toBe(5);
    expect([count(answers, "wrong-credentials"), count(answers, "too-many-requests")]).toEqual([5, 25]);
  });

  it("does not lock the owner out of a browser they were in before, whose own budget is bounded too", async () => {
    const user = await factories.user();
    const browser = await world.browser(user);
    await times(20, () => guess({ username: user.username }));
    expect((await guess({ ...user, browser: browser.copy() })).code).toBe("signed-in");
    work.verified = 0;
    const ofDevice = await times(40, () => guess({ username: user.username, browser: browser.copy() }));
    expect([work.verified, count(ofDevice, "too-many-requests")]).toEqual([10, 30]);
  });

  it("from a browser that another user was in gets no budget of its own", async () => {
    const [owner, attacker] = [await factories.user(), await factories.user()];
    const browser = await world.browser(attacker);
    const answers = await times(20, () => guess({ username: owner.username, browser: browser.copy() }));
    expect([work.verified - 1, count(answers, "wrong-credentials")]).toEqual([5, 5]);
  });

  it.each([
    {
      name: "an address",
      key: "sign-in-address:198.51.100.7/32",
      limit: 100,
      ips: ["198.51.100.7"],
      other: "198.51.100.8",
    },
    {
      name: "an IPv6 /64",
      key: "sign-in-address:2001:db8:1:2::/64",
      limit: 100,
      ips: ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"],
      other: "2001:db8:1:3::1",
    },
    {
      name: "an IPv4 /24",
      key: "sign-in-network:198.51.100.0/24",
      limit: 300,
      ips: ["198.51.100.7", "198.51.100.200"],
      other: "198.51.101.7",
    },
    {
      name: "an IPv6 /48",
      key: "sign-in-network:2001:db8:1::/48",
      limit: 300,
      ips: ["2001:db8:1:2::1", "2001:db8:1:ffff::1"],
      other: "2001:db8:2::1",
    },
    {
      name: "everyone together",
      key: "sign-in-everyone:all",
      limit: 3000,
      ips: ["192.0.2.1", "2001:db8::1"],
      other: "",
    },
  ])("at many accounts stops at the budget of $name", async ({ key, limit, ips, other }) => {
    await spend(key, limit - 3);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        guess({ username: factories.unique("name"), ip: ips[at % ips.length] ?? "" }),
      ),
    );
    expect([work.verified, count(answers, "too-many-requests")]).toEqual([3, 17]);
    if (other) expect((await guess({ username: factories.unique("name"), ip: other })).code).toBe("wrong-credentials");
  });
});

describe("a locked account", () => {
  it("opens again after a wait that doubles, up to a quarter of an hour and never longer", async () => {
    const { username } = await factories.user();
    for (let at = 0; at < 5; at++) await guess({ username });
    const waits: number[] = [];
    for (let at = 0; at < 7; at++) {
      const { retryAfter } = await guess({ username });
      waits.push(Math.round(retryAfter / 60));
      await later(retryAfter);
      expect((await guess({ username })).code).toBe("wrong-credentials");
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15, 15]);
  });

  it("takes the right password after the wait, which starts the budget afresh", async () => {
    const user = await factories.user();
    await times(5, () => guess({ username: user.username }));
    await later(60);
    expect((await guess(user)).code).toBe("signed-in");
    const answers = await times(10, () => guess({ username: user.username }));
    expect(count(answers, "wrong-credentials")).toBe(5);
  });

  it("is not locked longer by whoever keeps knocking", async () => {
    const { username } = await factories.user();
    await times(5, () => guess({ username }));
    await times(50, () => guess({ username }));
    await later(60);
    expect((await guess({ username })).code).toBe("wrong-credentials");
  });

  it("forgets after a day without an attempt", async () => {
    const { username } = await factories.user();
    await times(4, () => guess({ username }));
    await later(24 * 3600);
    expect(count(await times(10, () => guess({ username })), "wrong-credentials")).toBe(5);
  });

  it("says in words and in seconds how long it takes", async () => {
    const { username } = await factories.user();
    await times(5, () => guess({ username }));
    const refused = await guess({ username });
    expect(refused.detail).toMatch(/^Too many attempts\. Try again in (1 minute|\d+ seconds)\.$/);
    expect(refused.retryAfter).toBeGreaterThan(0);
    expect(refused.retryAfter).toBeLessThanOrEqual(60);
  });

  it("is on record once per lock, with the name that was tried, and not once per refused request", async () => {
    const { id, username } = await factories.user();
    const before = (await trail("session.refused")).length;
    await times(60, () => guess({ username }));
    const metadata = { login: username, budget: "sign-in-account", seconds: 60 };
    expect((await trail("session.locked")).filter(({ userId }) => userId === id)).toEqual([{ userId: id, metadata }]);
    expect((await trail("session.refused")).length - before).toBe(5);
    await later(60);
    await times(10, () => guess({ username }));
    const locks = (await trail("session.locked")).filter(({ userId }) => userId === id);
    expect(locks.map((lock) => lock.metadata.seconds)).toEqual([60, 120]);
  });
});

describe("sign-ins that succeed", () => {
  it("cost no budget: a whole office behind one address signs in, twice", async () => {
    const people = await Promise.all(Array.from({ length: 12 }, () => factories.user()));
    await spend("sign-in-address:203.0.113.5/32", 98);
    for (const user of [...people, ...people]) {
      expect((await guess({ ...user, ip: "203.0.113.5" })).code).toBe("signed-in");
    }
  });

  it("take nothing off what others at the same address did", async () => {
    const [user, ip] = [await factories.user(), "203.0.113.6"];
    await spend("sign-in-address:203.0.113.6/32", 98);
    await guess({ username: "nobody", ip });
    await guess({ ...user, ip });
    await guess({ username: "nobody else", ip });
    expect((await guess({ username: "somebody", ip })).code).toBe("too-many-requests");
  });
});
