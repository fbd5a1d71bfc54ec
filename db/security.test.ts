import { randomUUID } from "node:crypto";
import type { Sql, TransactionSql } from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "@/server/testing/database";
import { type Planted, plantPerson } from "./test-rows";

let database: TestDatabase;
let anna: Planted;
let ben: Planted;
let app: Sql;

beforeAll(async () => {
  database = await testDatabase();
  app = database.app;
  anna = await plantPerson(database.sql);
  ben = await plantPerson(database.sql);
});
afterAll(() => database.drop());

/** Tables of one person's data, and those that only the system reads. */
const personal = (
  "users email_verification_tokens password_reset_tokens user_roles group_memberships api_keys sessions refresh_tokens " +
  "session_activity session_security_events user_preferences user_settings user_navigation_preferences avatar_files " +
  "notifications notification_preferences entities devices device_keys device_facts device_tags device_item_overrides " +
  "device_item_states device_item_events device_item_outputs device_runs device_reports wireguard_peers ip_allocations " +
  "peer_traffic enrolment_tokens enrolment_token_tags enrolment_token_uses certificates certificate_notifications audit_logs"
).split(" ");
const systemOnly = ["desired_documents", "agent_nonces", "setup_tokens", "outbox"];

const count = async (sql: Sql | TransactionSql, table: string): Promise<number> => {
  const [row] = await sql<{ n: number }[]>`select count(*) as n from ${sql(table)}`;
  return row?.n ?? -1;
};

/** Runs in one transaction of the app role under the two settings, as the server does, and takes it back. */
async function inContext<T>(scope: string, userId: string, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
  const undo = new Error("undo");
  let result: { value: T } | undefined;
  await app
    .begin(async (tx) => {
      await tx`select set_config('app.scope', ${scope}, true), set_config('app.user_id', ${userId}, true)`;
      result = { value: await work(tx) };
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  if (!result) throw new Error("nothing ran");
  return result.value;
}

describe.each([...personal, ...systemOnly])("T20: %s", (table) => {
  test("shows no row without a context, or in a context that is none", async () => {
    expect(await count(database.sql, table)).toBeGreaterThan(0);
    expect(await count(app, table)).toBe(0);
    // By hand, as only a mistake or an attack would set them.
    for (const scope of ["", "ADMIN", "root", "admin'"]) {
      expect(await inContext(scope, "", (tx) => count(tx, table))).toBe(0);
    }
    expect(await inContext("self", "", (tx) => count(tx, table))).toBe(0);
  });

  test("lets nothing be changed without a context", async () => {
    const [column] = await app<{ name: string }[]>`
      select attname::text as name from pg_attribute where attrelid = ${table}::regclass and attnum > 0
        and has_column_privilege(${table}, attname, 'update') and has_column_privilege(${table}, attname, 'select')
        order by attnum limit 1`;
    const changed = column && (await app`update ${app(table)} set ${app(column.name)} = ${app(column.name)}`);
    expect(changed?.count ?? 0).toBe(0);
  });

  test("shows every row in the scopes admin and system", async () => {
    const all = await count(database.sql, table);
    expect(await inContext("admin", anna.userId, (tx) => count(tx, table))).toBe(all);
    expect(await inContext("system", "", (tx) => count(tx, table))).toBe(all);
  });

  test("is under forced row-level security, for its owner too", async () => {
    const [row] = await database.sql`
      select relrowsecurity as enabled, relforcerowsecurity as forced from pg_class where oid = ${table}::regclass`;
    expect(row).toEqual({ enabled: true, forced: true });
    await database.sql.begin(async (tx) => {
      await tx`set local role keyward_owner`;
      expect(await count(tx, table)).toBe(0);
    });
  });
});

test.each(personal)("T20: %s shows a person their own rows and nobody else's", async (table) => {
  const all = await count(database.sql, table);
  const [mine, theirs, nobodys] = await Promise.all([
    inContext("self", anna.userId, (tx) => count(tx, table)),
    inContext("self", ben.userId, (tx) => count(tx, table)),
    inContext("self", randomUUID(), (tx) => count(tx, table)),
  ]);
  expect(mine).toBeGreaterThan(0);
  expect(mine).toBeLessThan(all);
  expect(mine + theirs).toBe(all);
  expect(nobodys).toBe(0);
});

test.each(systemOnly)("T20: %s shows a person nothing", async (table) => {
  expect(await inContext("self", anna.userId, (tx) => count(tx, table))).toBe(0);
});

test("T20: the list of protected tables is complete", async () => {
  const rows = await database.sql<{ name: string }[]>`
    select relname::text as name from pg_class where relrowsecurity and relnamespace = 'public'::regnamespace`;
  expect(rows.map(({ name }) => name).sort()).toEqual([...personal, ...systemOnly].sort());
  const pointing = await database.sql<{ name: string }[]>`
    select distinct conrelid::regclass::text as name from pg_constraint
    where contype = 'f' and confrelid in ('users'::regclass, 'devices'::regclass) and conrelid <> confrelid
      and connamespace = 'public'::regnamespace`;
  const open = pointing.map(({ name }) => name).filter((name) => !personal.includes(name));
  // These name a person only as the one who wrote them.
  expect(open.sort()).toEqual(["groups", "policy_revisions", "policy_rollouts", "policy_tests", "system_settings"]);
});

test("T20: without a context every write is refused or finds nothing", async () => {
  await expect(app`insert into tags (name) values ('open to all') returning id`).resolves.toHaveLength(1);
  await expect(app`insert into users (username) values ('intruder')`).rejects.toThrow(/row-level security/);
  await expect(app`insert into notifications (user_id, type, title) values (${anna.userId}, 'x', 'y')`).rejects.toThrow(
    /row-level security/,
  );
  await expect(
    app`insert into audit_logs (actor_kind, event_type, action, source) values ('system', 'a.b', 'b', 'system')`,
  ).rejects.toThrow(/row-level security/);
  expect(await app`update users set bio = 'x'`).toHaveProperty("count", 0);
  expect(await app`delete from sessions`).toHaveProperty("count", 0);
});

test("a person writes their own rows, not another's and not their own rights", async () => {
  const write = (work: (tx: TransactionSql) => Promise<unknown>) => inContext("self", anna.userId, work);
  expect(await write((tx) => tx`update users set bio = 'x'`)).toHaveProperty("count", 1);
  expect(await write((tx) => tx`update notifications set read_at = now()`)).toHaveProperty("count", 1);
  await expect(write((tx) => tx`update devices set user_id = ${ben.userId}`)).rejects.toThrow(/row-level security/);
  await expect(
    write(
      (tx) => tx`insert into user_roles (user_id, role_id) select ${anna.userId}, id from roles where name = 'admin'`,
    ),
  ).rejects.toThrow(/row-level security/);
  expect(await write((tx) => tx`delete from user_roles`)).toHaveProperty("count", 0);
  await write(
    (tx) => tx`insert into audit_logs (actor_kind, event_type, action, source) values ('user', 'a.b', 'b', 'web')`,
  );
});

test("T21: the context ends with its transaction", async () => {
  await inContext("admin", anna.userId, (tx) => count(tx, "users"));
  await app.begin(async (tx) => tx`select enter_scope('admin')`);
  const alone = await app.reserve();
  try {
    await alone`begin`;
    await alone`select enter_scope('system', ${anna.userId})`;
    await alone`commit`;
    expect(await alone`select current_scope() as scope, current_user_id() as user_id, current_user as role`).toEqual([
      { scope: null, userId: null, role: "keyward_app" },
    ]);
    expect(await alone`select * from notifications`).toHaveLength(0);
  } finally {
    alone.release();
  }
});

test("enter_scope shows what the settings show, and refuses what is no scope", async () => {
  const seen = await app.begin(async (tx) => {
    await tx`select enter_scope('self', ${anna.userId})`;
    return [await count(tx, "users"), await count(tx, "devices")];
  });
  expect(seen).toEqual([1, 1]);
  expect(
    await app.begin(async (tx) => {
      await tx`select enter_scope('admin', ${anna.userId})`;
      return count(tx, "users");
    }),
  ).toBe(2);
  for (const [scope, user] of [
    ["root", null],
    ["self", null],
    [null, null],
  ] as const) {
    await expect(app`select enter_scope(${scope}, ${user})`).rejects.toThrow(/scope/);
  }
});

test("the server's role is no superuser, owns nothing and cannot get around row-level security", async () => {
  const rows = await database.sql`
    select rolname::text as name, rolsuper or rolbypassrls or rolcreaterole or rolcanlogin as is_mighty,
      (select count(*) from pg_class where relowner = r.oid) as owned
    from pg_roles r where rolname in ('keyward_app', 'keyward_admin') order by 1`;
  expect([...rows]).toEqual([
    { name: "keyward_admin", isMighty: false, owned: 0 },
    { name: "keyward_app", isMighty: false, owned: 0 },
  ]);
});

test("the server can truncate nothing, create nothing and reach no partition", async () => {
  const rows = await database.sql`
    select relname::text from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace
      and has_table_privilege('keyward_admin', oid, 'truncate')`;
  expect([...rows]).toEqual([]);
  await expect(app`create table mine (id int)`).rejects.toThrow(/permission denied/);
  await expect(app`select * from partitions.audit_logs_default`).rejects.toThrow(/permission denied/);
});

test.each([
  ["users", "password_hash, checksum, previous_checksum, two_factor_secret, two_factor_backup_codes"],
  ["sessions", "token_hash, checksum"],
  ["refresh_tokens", "token_hash"],
  ["api_keys", "key_hash"],
])("the server cannot read the secrets of %s, in any scope", async (table, columns) => {
  for (const column of columns.split(", ")) {
    await expect(inContext("admin", anna.userId, (tx) => tx`select ${tx(column)} from ${tx(table)}`)).rejects.toThrow(
      /permission denied/,
    );
  }
  await expect(app.begin((tx) => tx`select enter_scope('system'), * from ${tx(table)}`)).rejects.toThrow(
    /permission denied/,
  );
});

test("the catalogue of permissions is the seed's alone", async () => {
  await expect(app`insert into permissions (resource, action) values ('x', 'y')`).rejects.toThrow(/permission denied/);
});
