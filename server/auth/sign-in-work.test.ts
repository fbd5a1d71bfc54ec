import { parseOptions } from "@node-rs/argon2";
import { hash as bcrypt } from "@node-rs/bcrypt";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

/** What this process really computed, as `<algorithm> <parameters>`. */
const work = vi.hoisted(() => ({ done: [] as string[] }));

vi.mock("@/server/auth/hash-threads", async (original) => {
  const real = await original<typeof import("@/server/auth/hash-threads")>();
  const verify: typeof real.verify = async (stored, password) => {
    const isRight = await real.verify(stored, password);
    // Reached only if the hash could be read, and so was computed.
    const { memoryCost, timeCost, parallelism } = parseOptions(stored);
    work.done.push(`argon2 m=${memoryCost},t=${timeCost},p=${parallelism}`);
    return isRight;
  };
  const hash: typeof real.hash = (password) => {
    work.done.push("argon2 hash");
    return real.hash(password);
  };
  const verifyBcrypt: typeof real.verifyBcrypt = (stored, password) => {
    work.done.push(`bcrypt ${stored.slice(4, 6)}`);
    return real.verifyBcrypt(stored, password);
  };
  return { ...real, verify, hash, verifyBcrypt };
});

import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());
beforeEach(async () => {
  await world.database.sql`truncate rate_limits`;
});

const ONE_VERIFICATION = "argon2 m=19456,t=2,p=1";
const WRONG = "not the password of anybody";

/** What a stranger sees of a sign-in, and what it made the server compute. */
async function attempt(username: string, password = WRONG) {
  const browser = await world.browser();
  work.done.length = 0;
  const answer = await browser.signIn({ username, password });
  const headers = [...answer.headers].filter(([name]) => name !== "x-request-id");
  const seen = { status: answer.status, headers, body: await answer.text(), cookies: [...browser.cookies.keys()] };
  return { seen: JSON.stringify(seen), done: [...work.done] };
}

const withHash = async (hash: string | null): Promise<factories.TestUser> => {
  const user = await factories.user();
  await world.database.sql`update users set password_hash = ${hash} where id = ${user.id}`;
  return user;
};

describe("T23: a refused sign-in", () => {
  it("looks the same and costs one argon2id verification, whoever it is about and whatever was wrong", async () => {
    const known = await factories.user();
    const suspended = await factories.user({ status: "suspended" });
    const deactivated = await factories.user({ status: "deactivated" });
    const invited = await factories.user({ status: "invited" });
    const broken = ["$argon2id$broken", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA", "plain text", ""];
    const unreadable = await Promise.all(broken.map(withHash));
    const refused = [
      await attempt("nobody-by-this-name"),
      await attempt(known.username),
      await attempt(suspended.username, suspended.password),
      await attempt(suspended.username),
      await attempt(deactivated.username, deactivated.password),
      await attempt(invited.username, invited.password),
    ];
    for (const user of unreadable) refused.push(await attempt(user.username, user.password));
    expect(new Set(refused.map(({ seen }) => seen)).size).toBe(1);
    expect(refused.map(({ done }) => done)).toEqual(refused.map(() => [ONE_VERIFICATION]));
  });

  it("of a user with an imported hash looks the same and costs that verification too, the import's own on top", async () => {
    const unknown = await attempt("nobody-by-this-name");
    for (const cost of [4, 6]) {
      const user = await withHash(await bcrypt(factories.PASSWORD, { cost }));
      const { seen, done } = await attempt(user.username);
      expect(seen).toBe(unknown.seen);
      expect(done).toEqual([`bcrypt 0${cost}`, ONE_VERIFICATION]);
    }
  });

  it("for want of a budget looks the same and costs nothing, whoever it is about", async () => {
    const known = await factories.user();
    const suspended = await factories.user({ status: "suspended" });
    const refused = [];
    for (const name of ["nobody-by-this-name", known.username, suspended.username]) {
      for (let at = 0; at < 5; at++) await attempt(name);
      refused.push(await attempt(name, factories.PASSWORD));
    }
    expect(refused.map(({ done }) => done)).toEqual([[], [], []]);
    expect(
      new Set(refused.map(({ seen }) => seen.replace(/\d+ (second|minute)s?|"retry-after","\d+"/g, ""))).size,
    ).toBe(1);
    expect(refused[0]?.seen).toContain("too-many-requests");
  });
});

describe("T14: a user with an imported hash", () => {
  const alive = async (browser: Awaited<ReturnType<World["resume"]>>) =>
    (await browser.copy().call("account.me")).status === 200;
  const stored = async ({ id }: factories.TestUser) => {
    const [row] = await world.database
      .sql`select password_hash as hash, checksum, previous_checksum as previous from users where id = ${id}`;
    return row;
  };

  it("signs in, is hashed anew, keeps the sessions there were until the password really changes", async () => {
    const user = await withHash(await bcrypt(factories.PASSWORD, { cost: 5 }));
    const before = await stored(user);
    const running = [await world.resume(user), await world.resume(user)];
    const here = await world.browser(user);

    const after = await stored(user);
    expect(after?.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(after?.previous).toBe(before?.checksum);
    expect(after?.checksum).not.toBe(before?.checksum);
    expect((await running[0]?.refresh())?.status).toBe(204);
    expect(await Promise.all([...running, here].map(alive))).toEqual([true, true, true]);

    const change = { currentPassword: user.password, newPassword: "another long walk uphill" };
    expect((await here.call("account.changePassword", change)).status).toBe(200);
    expect(await Promise.all([...running, here].map(alive))).toEqual([false, false, true]);
    expect((await stored(user))?.previous).toBeNull();
  });

  it("is hashed anew at the first sign-in only, and never by a wrong password", async () => {
    const user = await withHash(await bcrypt(factories.PASSWORD, { cost: 5 }));
    expect((await attempt(user.username)).done).not.toContain("argon2 hash");
    expect((await attempt(user.username, user.password)).done).toEqual(["bcrypt 05", ONE_VERIFICATION, "argon2 hash"]);
    expect((await attempt(user.username, user.password)).done).toEqual([ONE_VERIFICATION]);
  });
});
