import { randomBytes, randomUUID } from "node:crypto";
import type { Sql } from "postgres";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { permissions } from "@/server/core/permissions";
import { type TestDatabase, testDatabase } from "@/server/testing/database";
import { plantPerson, plantSession, plantUser } from "./test-rows";

let database: TestDatabase;
/** As the login. */
let sql: Sql;
/** As the server, without a context. */
let app: Sql;
beforeAll(async () => {
  database = await testDatabase();
  ({ sql, app } = database);
});
afterAll(() => database.drop());

const hash = () => randomBytes(32).toString("hex");

let userId: string;
let sessionId: string;
beforeEach(async () => {
  userId = await plantUser(sql);
  sessionId = await plantSession(sql, userId);
});

const session = (id = sessionId, user = userId) =>
  app`select * from authority_sessions(array[${id}]::uuid[], array[${user}]::uuid[])`;
const rotate = (generation: number) => app`select * from authority_rotate(${sessionId}, ${generation}, ${hash()})`;
const grant = (role: string) =>
  sql`insert into user_roles (user_id, role_id) select ${userId}, id from roles where name = ${role}`;

/** Each way a session stops being good, and which column of the authority's row says so. */
const endings: [string, (sql: Sql) => PromiseLike<unknown>][] = [
  [
    "the session is revoked",
    (sql) => sql`update sessions set revoked_at = now(), revoke_reason = 'admin' where id = ${sessionId}`,
  ],
  ["the password changes", (sql) => sql`update users set password_hash = 'new' where id = ${userId}`],
  ["the stamp is renewed", (sql) => sql`update users set security_stamp = security_stamp + 1 where id = ${userId}`],
  ["the user is suspended", (sql) => sql`update users set status = 'suspended' where id = ${userId}`],
  ["the user is deactivated", (sql) => sql`update users set status = 'deactivated' where id = ${userId}`],
  ["the idle limit passes", (sql) => sql`update sessions set idle_expires_at = now() where id = ${sessionId}`],
  ["the absolute limit passes", (sql) => sql`update sessions set expires_at = now() where id = ${sessionId}`],
];

describe("authority_sessions", () => {
  test("answers the server without any context, with everything one request needs", async () => {
    await grant("viewer");
    await grant("moderator");
    const [row] = await session();
    expect(row).toMatchObject({
      sessionId,
      userId,
      status: "active",
      sessionChecksum: row?.checksum,
      previousChecksum: null,
      revokedAt: null,
      isIdle: false,
      isOver: false,
      assuranceLevel: 1,
      generation: 1,
      confirmedAt: null,
      roles: "moderator,viewer",
    });
    expect(row?.permissions.split(",")).toContain("device.approve");
    for (const column of ["endsAt", "authenticatedAt"]) expect(row?.[column]).toBeInstanceOf(Date);
  });

  test("answers many questions at once, each in its place, and none about another's session", async () => {
    const other = await plantUser(sql);
    const theirs = await plantSession(sql, other);
    const sessions = [theirs, sessionId, randomUUID(), sessionId, theirs];
    const users = [other, userId, userId, userId, userId];
    const rows =
      await app`select slot, user_id from authority_sessions(${sessions}::uuid[], ${users}::uuid[]) order by slot`;
    expect(rows).toEqual([
      { slot: 1, userId: other },
      { slot: 2, userId },
      { slot: 4, userId },
    ]);
  });

  test("gives an administrator every permission of the catalogue, and a user without roles none", async () => {
    expect(await session()).toMatchObject([{ roles: "", permissions: "" }]);
    await grant("admin");
    const [row] = await session();
    expect(row?.permissions.split(",").sort()).toEqual(Object.keys(permissions).sort());
  });

  test("follows what a role allows, permission by permission", async () => {
    await sql`insert into roles (name) values ('narrow')`;
    await grant("narrow");
    expect(await session()).toMatchObject([{ roles: "narrow", permissions: "" }]);
    await sql`
      insert into role_permissions (role_id, permission_id)
      select r.id, p.id from roles r, permissions p
       where r.name = 'narrow' and p.resource = 'user' and p.action in ('read', 'create')`;
    expect(await session()).toMatchObject([{ permissions: "user.create,user.read" }]);
    await sql`
      delete from role_permissions g using permissions p, roles r
       where p.id = g.permission_id and r.id = g.role_id and r.name = 'narrow' and p.action = 'create'`;
    expect(await session()).toMatchObject([{ permissions: "user.read" }]);
  });

  test("knows no session of another user and none that is not there", async () => {
    expect(await session(sessionId, await plantUser(sql))).toHaveLength(0);
    expect(await session(randomUUID())).toHaveLength(0);
  });

  test("is closed to everybody but the server", async () => {
    const rows = await sql`
      select p.oid::regprocedure::text from pg_proc p
      where proname like 'authority\_%' and (has_function_privilege('public', oid, 'execute') or not prosecdef
        or not has_function_privilege('keyward_app', oid, 'execute')
        or not coalesce(proconfig, '{}') @> array['search_path=pg_catalog, public, pg_temp'])`;
    expect([...rows]).toEqual([]);
  });
});

describe("authority_rotate", () => {
  test("moves generation, idle limit and last use on, and nothing about the limit's length", async () => {
    await sql`
      update sessions set last_seen_at = now() - interval '30 minutes', idle_expires_at = now() + interval '30 minutes'
      where id = ${sessionId}`;
    const [row] = await rotate(1);
    expect(row).toMatchObject({ sessionId, userId, generation: 2, isIdle: false });
    expect(Number(row?.idleExpiresAt) - Number(row?.dbNow)).toBeGreaterThan(3_590_000);
    expect(Number(row?.idleExpiresAt) - Number(row?.dbNow)).toBeLessThanOrEqual(3_600_500);
  });

  test("never lets the idle limit outlive the absolute one", async () => {
    await sql`update sessions set expires_at = now() + interval '5 minutes' where id = ${sessionId}`;
    const [row] = await app`select * from authority_rotate(${sessionId}, 1, ${hash()}, '1 hour')`;
    expect(row?.idleExpiresAt).toEqual(row?.endsAt);
  });

  test("has exactly one winner among parallel callers", async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => rotate(1)));
    expect(answers.flat()).toHaveLength(1);
    expect(await rotate(1)).toHaveLength(0);
    expect(await rotate(2)).toHaveLength(1);
    expect(await rotate(9)).toHaveLength(0);
  });

  test.each(endings)("refuses once %s", async (_name, end) => {
    await end(sql);
    expect(await rotate(1)).toHaveLength(0);
  });

  test("does not dead-lock with a revocation that holds the session's row", async () => {
    for (let round = 0; round < 20; round++) {
      sessionId = await plantSession(sql, userId);
      const revoke = sql.begin(async (tx) => {
        await tx`update sessions set revoked_at = now(), revoke_reason = 'logout' where id = ${sessionId}`;
        await tx`update refresh_tokens set revoked_at = now() where session_id = ${sessionId}`;
      });
      await Promise.all([revoke, rotate(1)]);
      expect(await session()).toMatchObject([{ revokedAt: expect.any(Date) }]);
      expect(await rotate(2)).toHaveLength(0);
    }
  });

  test("survives a re-hash and ends with a real change", async () => {
    const [before] = await app`select * from authority_credentials_of(${userId})`;
    expect(await app`select authority_rehash(${userId}, ${before?.passwordHash}, 'stronger') as done`).toEqual([
      { done: true },
    ]);
    expect(await app`select authority_rehash(${userId}, ${before?.passwordHash}, 'again') as done`).toEqual([
      { done: false },
    ]);
    const [row] = await session();
    expect(row?.sessionChecksum).toBe(row?.previousChecksum);
    expect(row?.sessionChecksum).not.toBe(row?.checksum);
    expect(await rotate(1)).toHaveLength(1);
    await sql`update users set password_hash = 'different' where id = ${userId}`;
    expect(await rotate(2)).toHaveLength(0);
  });
});

describe("authority_refresh_state", () => {
  test("tells when the last rotation was and who holds the session", async () => {
    await rotate(1);
    const [state] = await app`select * from authority_refresh_state(${sessionId})`;
    expect(state).toMatchObject({
      userId,
      generation: 2,
      confirmedAt: null,
      isRefreshRevoked: false,
      knownDeviceHash: null,
    });
    expect(state?.rotatedAgoS).toBeGreaterThanOrEqual(0);
    expect(state?.rotatedAgoS).toBeLessThan(10);
  });
});

test("authority_confirm marks the generations that are still current", async () => {
  const other = await plantSession(sql, userId);
  const confirm = (generations: number[]) =>
    app`select authority_confirm(${[sessionId, other]}::uuid[], ${generations}::int[]) as done`;
  await rotate(1);
  expect(await confirm([1, 1])).toEqual([{ done: 1 }]);
  expect(await confirm([2, 1])).toEqual([{ done: 1 }]);
  expect((await session())[0]?.confirmedAt).toBeInstanceOf(Date);
  await rotate(2);
  expect((await session())[0]?.confirmedAt).toBeNull();
});

test("authority_credentials finds a user by name or address, whatever the case", async () => {
  const [user] = await sql`select username, email, password_hash from users where id = ${userId}`;
  for (const login of [user?.username, user?.username.toUpperCase(), user?.email, user?.email.toUpperCase()]) {
    const found = await app`select * from authority_credentials(${login})`;
    expect(found).toMatchObject([{ userId, status: "active", passwordHash: user?.passwordHash }]);
  }
  expect(await app`select * from authority_credentials('nobody')`).toHaveLength(0);
});

test("authority_devices gives key and device of each thumbprint, in its place", async () => {
  const person = await plantPerson(sql);
  const other = await plantPerson(sql);
  const asked = [other.thumbprint, "unknown", person.thumbprint];
  expect(await app`select * from authority_devices(${asked}::text[]) order by slot`).toMatchObject([
    { slot: 1, deviceId: other.deviceId },
    {
      slot: 3,
      deviceId: person.deviceId,
      status: "active",
      keyStatus: "active",
      jwk: { kty: "OKP", crv: "Ed25519", x: "AA" },
      isKeyOver: false,
      hasRetiringKey: false,
    },
  ]);
});

test("authority_nonces lets each nonce of a device through once, in one statement and in many", async () => {
  const device = randomUUID();
  const see = (...nonces: string[]) =>
    app`select nonce from authority_nonces(${nonces.map(() => device)}::uuid[], ${nonces}::text[])`;
  const answers = await Promise.all(Array.from({ length: 20 }, () => see("n", "n")));
  expect(answers.flat()).toEqual([{ nonce: "n" }]);
  expect(await see("m", "n", "m")).toEqual([{ nonce: "m" }]);
});

test("authority_api_key gives the key's hash, scopes and its owner's present permissions", async () => {
  const key = hash();
  await sql`
    insert into api_keys (user_id, name, key_prefix, key_hash, scopes)
    values (${userId}, 'ci', ${key.slice(0, 8)}, ${key}, '{device.read}')`;
  await grant("viewer");
  const [row] = await app`select * from authority_api_key(${key.slice(0, 8)})`;
  expect(row).toMatchObject({ userId, keyHash: key, scopes: ["device.read"], isActive: true, userStatus: "active" });
  expect(row?.permissions).toContain("audit.read");
});
