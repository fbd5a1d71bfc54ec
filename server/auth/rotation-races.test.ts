import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mintRefreshToken } from "@/server/auth/refresh-token";
import { SessionId, UserId } from "@/server/core/ids";
import * as users from "@/server/modules/identity/service";
import * as sessions from "@/server/modules/sessions/service";
import { Browser } from "@/server/testing/browser";
import { refreshClaims } from "@/server/testing/tokens";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

interface Racer {
  userId: UserId;
  sessionId: SessionId;
}

/** People with one session each, arranged: so many real sign-ins would take longer than the races. */
async function racers(count: number): Promise<Racer[]> {
  const { sql } = world.database;
  const people = await sql<{ id: string }[]>`
    insert into users (username, password_hash, status)
    select 'racer-' || gen_random_uuid(), gen_random_uuid()::text, 'active' from generate_series(1, ${count}) returning id`;
  const ids = people.map(({ id }) => id);
  await sql`
    insert into sessions (user_id, token_hash, idle_expires_at, expires_at)
    select id, encode(sha256(id::text::bytea), 'hex'), now() + interval '1 hour', now() + interval '1 day'
      from unnest(${ids}::uuid[]) as id`;
  const rows = await sql<{ sessionId: string; userId: string }[]>`
    insert into refresh_tokens (session_id, user_id, token_hash, expires_at)
    select id, user_id, token_hash, expires_at from sessions where user_id = any(${ids}::uuid[]) returning session_id, user_id`;
  return rows.map((row) => ({ userId: UserId.parse(row.userId), sessionId: SessionId.parse(row.sessionId) }));
}

const browserOf = ({ sessionId }: Racer) =>
  new Browser().setCookie("kw-rt", mintRefreshToken({ sessionId, generation: 1 }));

/** Works through all of them, so many at a time. */
async function concurrently<T>(items: readonly T[], atOnce: number, work: (item: T, at: number) => Promise<void>) {
  const queue = items.entries();
  const drain = async () => {
    for (const [at, item] of queue) await work(item, at);
  };
  await Promise.all(Array.from({ length: atOnce }, drain));
}

describe("T3: fifty who refresh at the same time", () => {
  it("rotate once, all get the same successor and nobody is signed out: 200 rounds", async () => {
    const all = await racers(200);
    await concurrently(all, 3, async (racer, round) => {
      const start = browserOf(racer);
      const copies = Array.from({ length: 50 }, () => start.copy());
      const answers = await Promise.all(copies.map((copy) => copy.refresh()));
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(204));
      const successor = mintRefreshToken({ sessionId: racer.sessionId, generation: 2 });
      expect(new Set(copies.map((copy) => copy.cookie("kw-rt")))).toEqual(new Set([successor]));
      expect(new Set(copies.map((copy) => decodeJwt(copy.cookie("kw-at")).gen))).toEqual(new Set([2]));
      expect((await copies[round % 50]?.call("account.me"))?.status).toBe(200);
    });
    const rotations = await world.database.sql`
      select r.generation, s.revoked_at is null as "isLive", count(*)::int as sessions
        from refresh_tokens r join sessions s on s.id = r.session_id group by 1, 2`;
    expect(rotations).toEqual([{ generation: 2, isLive: true, sessions: 200 }]);
  }, 180_000);
});

describe("T13: a refresh that races with the end of its session", () => {
  const ends: Record<string, (racer: Racer) => Promise<unknown>> = {
    "a revocation": ({ sessionId }) => sessions.revoke.execute(world.system, { id: sessionId }),
    "a change of password": async ({ userId }) =>
      world.database.sql`update users set password_hash = gen_random_uuid()::text where id = ${userId}`,
    "a renewed stamp": ({ userId }) => users.rotateStamp.execute(world.system, { id: userId }),
  };

  /** How many of these tokens are still good for anything. */
  async function usable(browsers: readonly Browser[]): Promise<number> {
    const answers = await Promise.all(
      browsers.flatMap((browser) => [browser.copy().call("account.me"), browser.copy().refresh()]),
    );
    return answers.filter(({ status }) => status !== 401).length;
  }

  it.each([
    ["a revocation", 1000],
    ["a change of password", 1000],
    ["a renewed stamp", 200],
  ])(
    "leaves no token that works: %s, %i rounds",
    async (name, rounds) => {
      const { [name]: end = () => Promise.reject(new Error(name)) } = ends;
      let rotated = 0;
      let left = 0;
      await concurrently(await racers(rounds), 12, async (racer, round) => {
        const browser = browserOf(racer);
        const twin = browser.copy();
        // Who is first off the mark alternates.
        const ended = round % 2 === 0 ? end(racer) : undefined;
        const refreshed = [browser.refresh(), twin.refresh()];
        await Promise.all([...refreshed, ended ?? end(racer)]);
        const holders = [browser, twin].filter((one) => one.cookie("kw-rt") !== "");
        rotated += holders.length;
        for (const holder of holders) expect(refreshClaims(holder.cookie("kw-rt")).generation).toBe(2);
        left += await usable([browserOf(racer), ...holders.slice(0, 1)]);
      });
      expect(left).toBe(0);
      // Otherwise there was no race.
      expect(rotated).toBeGreaterThan(0);
    },
    180_000,
  );
});
