import { eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "@/server/testing/database";
import { APP_ROLE, closeDatabase, createClient, createDatabase, getDatabase, getSql } from "./client";
import { auditLogs, systemSettings, tags, userColumns, users } from "./schema";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());
afterEach(() => closeDatabase());

test("a pool in a role starts in it and falls back to it", async () => {
  const sql = createClient(database.url, { role: APP_ROLE, max: 1 });
  try {
    expect(await sql`select current_user as name`).toEqual([{ name: APP_ROLE }]);
    await sql`set role keyward_owner`;
    await sql`reset role`;
    expect(await sql`select current_user as name`).toEqual([{ name: APP_ROLE }]);
  } finally {
    await sql.end();
  }
});

test("times, numbers and JSON mean the same in Drizzle and in raw queries on one pool", async () => {
  const { sql } = database;
  const drizzle = createDatabase(sql);
  const at = new Date("2026-03-01T12:00:00.123Z");
  const values = { category: "test", key: "round-trip", value: { at: at.toISOString() }, dataType: "json" as const };
  const [written] = await drizzle
    .insert(systemSettings)
    .values({ ...values, createdAt: at })
    .returning();
  expect(written).toMatchObject({ value: values.value, createdAt: at });
  const [raw] = await sql`
    select value, created_at, count(*) over () as total from system_settings where created_at = ${at}`;
  expect(raw).toEqual({ value: values.value, createdAt: at, total: 1 });
  await sql`update system_settings set value = ${sql.json({ list: [1] })} where created_at = ${at}`;
  const [read] = await drizzle
    .select({ value: systemSettings.value })
    .from(systemSettings)
    .where(eq(systemSettings.createdAt, at));
  expect(read).toEqual({ value: { list: [1] } });
});

test("a moment that went through a Date still equals its row", async () => {
  const drizzle = createDatabase(database.sql);
  const [tag] = await drizzle.insert(tags).values({ name: "exact" }).returning();
  expect(
    await drizzle
      .select()
      .from(tags)
      .where(eq(tags.createdAt, tag?.createdAt ?? new Date(0))),
  ).toEqual([tag]);
});

test("Drizzle reads and writes users in the server's role, without their secrets", async () => {
  const drizzle = createDatabase(database.app);
  const user = await drizzle.transaction(async (tx) => {
    await tx.execute("select enter_scope('system')");
    const [created] = await tx
      .insert(users)
      .values({ username: "dora", passwordHash: "hash", status: "active" })
      .returning(userColumns);
    if (!created) throw new Error("nobody");
    await tx
      .insert(auditLogs)
      .values({ actorKind: "system", eventType: "user.created", action: "created", source: "system" });
    const [changed] = await tx
      .update(users)
      .set({ passwordHash: "another", bio: "x" })
      .where(eq(users.id, created.id))
      .returning(userColumns);
    return changed;
  });
  expect(user).toMatchObject({ username: "dora", isActive: true, bio: "x" });
  expect(user).not.toHaveProperty("passwordHash");
});

test("the process has one pool, opened at its first use, as the server's role", async () => {
  const before = process.env.DATABASE_URL;
  try {
    delete process.env.DATABASE_URL;
    expect(() => getSql()).toThrow("DATABASE_URL is not set");
    process.env.DATABASE_URL = database.url;
    expect(getSql()).toBe(getSql());
    expect(getDatabase()).toBe(getDatabase());
    expect(await getSql()`select current_user as name`).toEqual([{ name: APP_ROLE }]);
  } finally {
    if (before === undefined) delete process.env.DATABASE_URL;
    else process.env.DATABASE_URL = before;
  }
});
