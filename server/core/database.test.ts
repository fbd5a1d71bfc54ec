import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closeDatabase, getSql } from "@/db/client";
import { type RowContext, read, transact } from "@/server/core/database";
import { databaseCode } from "@/server/core/errors";
import { ListSessions } from "@/server/modules/sessions/schema";
import * as sessions from "@/server/modules/sessions/service";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let owner: factories.TestUser;
beforeAll(async () => {
  world = await createWorld();
  owner = await factories.user();
});
afterAll(() => world.end());

const contexts = (): RowContext[] => [
  { scope: "self", userId: owner.id },
  { scope: "admin", userId: owner.id },
  { scope: "system", userId: null },
];

/** What a statement outside any operation finds on the connection it is given. */
const residue = async () =>
  getSql()`select current_setting('app.user_id', true) as "userId", current_setting('app.scope', true) as scope,
    current_user::text as role, current_setting('transaction_read_only') as "readOnly",
    (select count(*)::int from users) as users, (select count(*)::int from audit_logs) as audits`;

const CLEAN = { role: "keyward_app", readOnly: "off", users: 0, audits: 0 };

describe("T21: on a single connection, nothing of an operation's context remains", () => {
  beforeAll(async () => {
    await closeDatabase();
    process.env.KEYWARD_DATABASE_POOL = "1";
  });
  afterAll(async () => {
    await closeDatabase();
    delete process.env.KEYWARD_DATABASE_POOL;
  });

  async function expectClean() {
    const [row] = await residue();
    expect(row).toMatchObject(CLEAN);
    expect([row?.userId, row?.scope].map((value) => value || null)).toEqual([null, null]);
  }

  it("after a commit", async () => {
    for (const context of contexts()) {
      await transact(context, async (tx) => void (await tx.execute(sql`select 1`)));
      await expectClean();
      await read(context, (reader) => reader.execute(sql`select 1`));
      await expectClean();
    }
  });

  it("after work that threw", async () => {
    for (const context of contexts()) {
      await expect(transact(context, () => Promise.reject(new Error("stop")))).rejects.toThrow("stop");
      await expectClean();
    }
  });

  it("after a statement PostgreSQL refused, and one it cut short", async () => {
    for (const context of contexts()) {
      const refused = transact(context, (tx) => tx.execute(sql`select 1 / 0`)).catch(databaseCode);
      expect(await refused).toBe("22012");
      await expectClean();
      const slow = read(context, async (reader) => {
        await reader.execute(sql`set local statement_timeout = 20`);
        return reader.execute(sql`select pg_sleep(10)`);
      }).catch(databaseCode);
      expect(await slow).toBe("57014");
      await expectClean();
    }
  });

  it("after a context that PostgreSQL refused", async () => {
    await expect(read({ scope: "self", userId: null }, (reader) => reader.execute(sql`select 1`))).rejects.toThrow();
    await expectClean();
  });
});

it("work that needs no statement still fails when its context could not be set", async () => {
  await expect(transact({ scope: "self", userId: null }, async () => "done")).rejects.toThrow();
});

it("a hundred people on ten connections each see their own rows only", async () => {
  const people = await Promise.all([1, 2, 3, 4].map(() => factories.user()));
  const callers = await Promise.all(people.map((person) => world.asUser(person)));
  const filter = ListSessions.parse({});
  const found = await Promise.all(
    Array.from({ length: 100 }, async (_, at) => {
      const caller = callers[at % callers.length] ?? world.anonymous();
      const page = await sessions.listOwn.execute(caller, filter);
      return page.rows.every((row) => caller.actor.kind === "user" && row.userId === caller.actor.userId) && page.total;
    }),
  );
  expect(new Set(found)).toEqual(new Set([1]));
});

it("a snapshot sees one moment over all its statements, another reading sees what was committed meanwhile", async () => {
  const seen = async (isSnapshot: boolean) =>
    read({ scope: "system", userId: null, isSnapshot }, async (reader) => {
      const count = async () => (await reader.execute(sql`select count(*)::int as count from tags`))[0]?.count;
      const before = await count();
      await factories.tag();
      return Number(await count()) - Number(before);
    });
  expect(await seen(true)).toBe(0);
  expect(await seen(false)).toBe(1);
});
