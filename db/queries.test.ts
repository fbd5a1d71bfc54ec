import { eq, ilike, or, sql as query } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "@/server/testing/database";
import { createDatabase, type Database, type Transaction } from "./client";
import { asText, neverFirst } from "./columns";
import { auditLogs, devices, userColumns, users } from "./schema";
import { type Planted, plantPerson } from "./test-rows";

const MANY = 20_000;
let database: TestDatabase;
let drizzle: Database;
let anna: Planted;

beforeAll(async () => {
  database = await testDatabase();
  drizzle = createDatabase(database.app);
  const { sql } = database;
  anna = await plantPerson(sql);
  await sql`
    insert into users (username, email, display_name, status, last_login_at)
    select 'person' || n, 'person' || n || '@example.com', 'Person ' || n, 'active',
           case when n % 3 > 0 then now() - make_interval(mins => n) end
    from generate_series(1, ${MANY}::int) n`;
  await sql`
    insert into devices (user_id, name, status, os_version, last_seen_at)
    select id, 'host-' || username, 'active', 'Debian 13', now() from users where username like 'person%'`;
  await sql`
    insert into audit_logs (actor_user_id, actor_kind, event_type, action, entity_type, entity_id, source)
    select id, 'user', 'user.updated', 'updated', 'user', id, 'web' from users`;
  await sql`vacuum analyze`;
});
afterAll(() => database.drop());

/** The plan of a statement in the scope admin, as text. */
async function plan(build: (tx: Transaction) => { getSQL(): ReturnType<typeof query> }): Promise<string> {
  return drizzle.transaction(async (tx) => {
    await tx.execute(query`select enter_scope('admin')`);
    const rows = await tx.execute<{ queryPlan: string }>(query`explain ${build(tx).getSQL()}`);
    return rows.map((row) => Object.values(row)[0]).join("\n");
  });
}

test("a search for a person uses the trigram indexes, under row-level security", async () => {
  const matching = or(
    ilike(asText(users.username), "%person1234%"),
    ilike(asText(users.email), "%person1234%"),
    ilike(users.displayName, "%person1234%"),
  );
  const text = await plan((tx) => tx.select(userColumns).from(users).where(matching));
  expect(text).toContain("users_username_trgm");
  expect(text).toContain("users_email_trgm");
  expect(text).toContain("users_display_name_trgm");
  expect(text).not.toContain("Seq Scan");
});

test.each([
  [
    "users by name",
    (tx: Transaction) => tx.select(userColumns).from(users).orderBy(users.username, users.id).limit(50),
  ],
  [
    "users by creation",
    (tx: Transaction) => tx.select(userColumns).from(users).orderBy(users.createdAt, users.id).limit(50),
  ],
  [
    "users by last sign-in",
    (tx: Transaction) =>
      tx
        .select(userColumns)
        .from(users)
        .orderBy(query`${neverFirst(users.lastLoginAt)} desc, ${users.id} desc`)
        .limit(50),
  ],
  [
    "users after a cursor",
    (tx: Transaction) =>
      tx
        .select(userColumns)
        .from(users)
        .where(query`(${users.createdAt}, ${users.id}) > (now() - interval '1 hour', ${anna.userId})`)
        .orderBy(users.createdAt, users.id)
        .limit(50),
  ],
  [
    "devices by last contact",
    (tx: Transaction) =>
      tx
        .select()
        .from(devices)
        .orderBy(query`${neverFirst(devices.lastSeenAt)} desc, ${devices.id} desc`)
        .limit(50),
  ],
  [
    "the trail by time",
    (tx: Transaction) => tx.select().from(auditLogs).orderBy(auditLogs.createdAt, auditLogs.id).limit(50),
  ],
])("a page of %s comes sorted out of an index", async (_name, build) => {
  const text = await plan(build);
  expect(text).toContain("Index Scan");
  expect(text).not.toMatch(/Seq Scan on (users|devices|audit_logs_20)/);
});

test("a person's own devices come out of an index in the scope self", async () => {
  const text = await drizzle.transaction(async (tx) => {
    await tx.execute(query`select enter_scope('self', ${anna.userId})`);
    const mine = tx.select().from(devices).where(eq(devices.userId, anna.userId)).getSQL();
    const rows = await tx.execute(query`explain ${mine}`);
    return rows.map((row) => Object.values(row)[0]).join("\n");
  });
  expect(text).toMatch(/Index Scan|Bitmap Index Scan/);
});

/** The five earlier designs asked for these; they run as the login, which is how their operators run them. */
test("a user with their roles", async () => {
  const rows = await database.sql`
    select u.id, u.username, u.email, array_agg(r.name) as roles
    from users u join user_roles ur on u.id = ur.user_id join roles r on ur.role_id = r.id
    where u.id = ${anna.userId} and u.is_active = true group by u.id, u.username, u.email`;
  expect(rows).toMatchObject([{ id: anna.userId, roles: ["user"] }]);
});

test("active API keys", async () => {
  const rows = await database.sql`
    select ak.*, u.username from api_keys ak join users u on u.id = ak.user_id
    where ak.is_active = true and (ak.expires_at is null or ak.expires_at > now())`;
  expect(rows).toHaveLength(1);
});

test("an entity's audit trail", async () => {
  const rows = await database.sql`
    select al.*, u.username from audit_logs al left join users u on al.actor_user_id = u.id
    where al.entity_type = 'user' and al.entity_id = ${anna.userId} order by al.created_at desc`;
  expect(rows).toHaveLength(1);
});

test("active sessions", async () => {
  const rows = await database.sql`
    select s.*, u.username from user_sessions s join users u on u.id = s.user_id
    where s.is_active and s.expires_at > now() order by s.last_activity_at desc`;
  expect(rows).toMatchObject([{ id: anna.sessionId, status: "active" }]);
});

test("table sizes", async () => {
  const rows = await database.sql`
    select schemaname, relname as tablename, pg_size_pretty(pg_total_relation_size(relid)) as size
    from pg_catalog.pg_statio_user_tables order by pg_total_relation_size(relid) desc limit 10`;
  expect(rows).toHaveLength(10);
});
