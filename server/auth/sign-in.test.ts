import { hash as argon2 } from "@node-rs/argon2";
import { hash as bcrypt } from "@node-rs/bcrypt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ARGON2 } from "@/server/auth/hash-threads";
import type { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const withHash = async (hash: string | null): Promise<factories.TestUser> => {
  const user = await factories.user();
  await world.database.sql`update users set password_hash = ${hash} where id = ${user.id}`;
  return user;
};

const storedHash = async ({ id }: factories.TestUser): Promise<string> => {
  const [row] = await world.database.sql`select password_hash from users where id = ${id}`;
  return row?.passwordHash;
};

const works = async (browser: Browser) => (await browser.copy().call("account.me")).status === 200;

const limitsOf = async (user: factories.TestUser) => {
  const [row] = await world.database.sql`
    select extract(epoch from idle_expires_at - created_at)::int / 60 as "idleMin",
      extract(epoch from expires_at - created_at)::int / 3600 as "absoluteH"
    from sessions where user_id = ${user.id} order by created_at desc limit 1`;
  return row;
};

describe("a refused sign-in", () => {
  /** What a stranger can see of an answer; ids and nonces differ from one request to the next. */
  async function seen(browser: Browser, credentials: { username: string; password: string }) {
    const answer = await browser.signIn(credentials);
    const headers = [...answer.headers].filter(([name]) => name !== "x-request-id");
    return { status: answer.status, headers, body: await answer.text(), cookies: [...browser.cookies.keys()] };
  }

  it("looks the same whether the user exists, may sign in, has a password, or typed the wrong one", async () => {
    const known = await factories.user();
    const wrong = "wrong password entirely";
    const [suspended, deactivated, invited] = await Promise.all([
      factories.user({ status: "suspended" }),
      factories.user({ status: "deactivated" }),
      factories.user({ status: "invited" }),
    ]);
    const refused = await Promise.all([
      seen(await world.browser(), { username: known.username, password: wrong }),
      seen(await world.browser(), { username: "nobody-by-this-name", password: wrong }),
      seen(await world.browser(), { username: suspended.username, password: suspended.password }),
      seen(await world.browser(), { username: deactivated.username, password: deactivated.password }),
      seen(await world.browser(), { username: invited.username, password: invited.password }),
      seen(await world.browser(), { username: known.username, password: "" }),
    ]);
    expect(new Set(refused.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(refused[0]?.body).toContain("wrong-credentials");
    expect(refused[0]?.cookies.some((name) => name.includes("kw-"))).toBe(false);
  });

  it("is on record with the name that was typed, and never with the password", async () => {
    const { id, username } = await factories.user();
    const password = "a secret typed into the form";
    await (await world.browser()).signIn({ username, password });
    const [row] = await world.database.sql`
      select a.status, a.metadata, a::text as text from audit_logs a
      where event_type = 'session.refused' and user_id = ${id}`;
    expect(row).toMatchObject({ status: "failure", metadata: { login: username, reason: "password" } });
    const [all] = await world.database.sql`select string_agg(a::text, '') as text from audit_logs a`;
    expect(all?.text).not.toContain(password);
  });

  it("of a name that cannot be stored is a refusal like any other", async () => {
    for (const username of ["\u0000", `${"x".repeat(300)}`, "{}", "' or 1=1 --"]) {
      const browser = await world.browser();
      expect((await browser.signIn({ username, password: "whatever it may be" })).status).toBe(200);
      expect(browser.cookie("kw-at")).toBe("");
    }
  });
});

describe("a sign-in", () => {
  it("takes the user name or the e-mail address, whatever the case", async () => {
    const email = `${factories.unique("mail")}@example.com`;
    const user = await factories.user({ email });
    for (const username of [user.username.toUpperCase(), email, email.toUpperCase(), ` ${email} `]) {
      expect(await works(await world.browser({ ...user, username }))).toBe(true);
    }
  });

  it("takes the password exactly as it was chosen", async () => {
    const password = "  Grüße, 世界! ẞ & %00 \t";
    const user = await factories.user({ password });
    expect(await works(await world.browser(user))).toBe(true);
    for (const other of [password.trim(), password.toLowerCase(), password.normalize("NFD"), `${password} `]) {
      await expect(world.browser({ ...user, password: other })).rejects.toThrow();
    }
  });

  it("ends the previous session of the same browser and of no other", async () => {
    const user = await factories.user();
    const [browser, other] = [await world.browser(user), await world.browser(user)];
    const before = browser.copy();
    await browser.signIn(user);
    expect([await works(before), await works(browser), await works(other)]).toEqual([false, true, true]);
  });

  it("ends the session the browser had before, be it another person's or without its device cookie", async () => {
    const [first, second] = [await factories.user(), await factories.user()];
    const browser = await world.browser(first);
    const before = browser.copy();
    await browser.signIn(second);
    expect([await works(before), await works(browser)]).toEqual([false, true]);
    const cleared = browser.copy().without("kw-did");
    await cleared.signIn(second);
    expect([await works(browser), await works(cleared)]).toEqual([false, true]);
  });

  it("that is refused ends nothing", async () => {
    const browser = await world.browser(await factories.user());
    const { username } = await factories.user();
    await browser.signIn({ username, password: "not the password of anybody" });
    expect(await works(browser)).toBe(true);
  });

  it("keeps the device cookie it finds, and gives one to a new browser", async () => {
    const user = await factories.user();
    const browser = await world.browser(user);
    const device = browser.cookie("kw-did");
    expect(Buffer.from(device, "base64url")).toHaveLength(16);
    await browser.signOut();
    expect([browser.cookie("kw-at"), browser.cookie("kw-rt"), browser.cookie("kw-did")]).toEqual(["", "", device]);
    await browser.signIn(user);
    expect(browser.cookie("kw-did")).toBe(device);
  });

  it("lasts as long as the design says: an hour idle and a day, thirty days if remembered, less for administrators", async () => {
    const user = await factories.user();
    await world.browser(user);
    expect(await limitsOf(user)).toEqual({ idleMin: 60, absoluteH: 24 });
    await (await world.browser()).signIn({ ...user, remember: true });
    expect(await limitsOf(user)).toEqual({ idleMin: 43_200, absoluteH: 720 });
    const admin = await factories.user({ roles: ["admin"] });
    await (await world.browser()).signIn({ ...admin, remember: true });
    expect(await limitsOf(admin)).toEqual({ idleMin: 20, absoluteH: 12 });
  });

  it("shows no token to scripts: answers hold none of it outside of Set-Cookie", async () => {
    const user = await factories.user();
    const browser = await world.browser();
    const answer = await browser.signIn(user);
    const session = await browser.fetch("/api/auth/session");
    const texts = [await answer.text(), await session.text(), JSON.stringify([...session.headers])];
    for (const cookie of ["kw-at", "kw-rt", "kw-did"] as const) {
      for (const text of texts) expect(text).not.toContain(browser.cookie(cookie));
    }
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
  });
});

describe("a hash of weaker or older making", () => {
  const weak = [
    ["bcrypt, imported", () => bcrypt(factories.PASSWORD, { cost: 4 })],
    ["argon2id with less memory", () => argon2(factories.PASSWORD, { ...ARGON2, memoryCost: 8192 })],
    ["argon2i", () => argon2(factories.PASSWORD, { ...ARGON2, algorithm: 1 })],
  ] as const;

  it.each(weak)("is replaced at the next sign-in and ends no session: %s", async (_name, make) => {
    const user = await withHash(await make());
    const running = await world.resume(user);
    const signedIn = await world.browser(user);
    expect(await storedHash(user)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect([await works(running), await works(signedIn)]).toEqual([true, true]);
    expect((await running.refresh()).status).toBe(204);
    expect(await works(running)).toBe(true);
  });

  it("keeps its sessions only until the next real change, of password or stamp", async () => {
    for (const change of ["password_hash = 'x'", "security_stamp = security_stamp + 1"]) {
      const user = await withHash(await bcrypt(factories.PASSWORD, { cost: 4 }));
      const running = await world.resume(user);
      await world.browser(user);
      await world.database.sql.unsafe(`update users set ${change} where id = '${user.id}'`);
      expect(await works(running)).toBe(false);
      expect((await running.copy().refresh()).status).toBe(401);
    }
  });

  it("is replaced once by many who sign in at the same time, and all of them are in", async () => {
    const user = await withHash(await bcrypt(factories.PASSWORD, { cost: 4 }));
    const browsers = await Promise.all(Array.from({ length: 5 }, () => world.browser(user)));
    const alive = await Promise.all(browsers.map(works));
    expect(alive).toEqual(Array(5).fill(true));
  });

  it("that compared the beginning of a long password only does not make its end the password", async () => {
    const long = `${"seventy-two bytes ".repeat(4)}and what bcrypt never sees`;
    const user = await withHash(await bcrypt(long, { cost: 4 }));
    await world.browser({ ...user, password: `${long} with a typing mistake` });
    expect(await works(await world.browser({ ...user, password: long }))).toBe(true);
  });

  it("that was imported counts as a wrong password when the password is wrong", async () => {
    const user = await withHash(await bcrypt("something else entirely", { cost: 4 }));
    await expect(world.browser(user)).rejects.toThrow();
    expect(await storedHash(user)).toMatch(/^\$2/);
  });

  it.each(["$2b$04$broken", "$argon2id$broken", "plain text", ""])(
    "that cannot be read lets nobody in and breaks nothing: %s",
    async (hash) => {
      const user = await withHash(hash);
      const browser = await world.browser();
      expect((await browser.signIn(user)).status).toBe(200);
      expect(browser.cookie("kw-at")).toBe("");
    },
  );
});
