import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "@/server/testing/database";
import { plantPerson, plantSession, plantUser } from "./test-rows";

let database: TestDatabase;
let sql: TestDatabase["sql"];
beforeAll(async () => {
  database = await testDatabase();
  sql = database.sql;
});
afterAll(() => database.drop());

const checksums = async (id: string) => {
  const [row] = await sql<{ checksum: string; previousChecksum: string | null }[]>`
    select checksum, previous_checksum from users where id = ${id}`;
  if (!row) throw new Error("no user");
  return row;
};

describe("users", () => {
  test("are never deleted, not even when nobody matches, and never truncated", async () => {
    await expect(sql`delete from users`).rejects.toThrow(/never deleted/);
    await expect(sql`delete from users where false`).rejects.toThrow(/never deleted/);
    await expect(sql`truncate users cascade`).rejects.toThrow(/never deleted|only ever added|Nobody leaves/);
  });

  test("have names that differ in more than case, of 1 to 50 letters, and addresses that look like one", async () => {
    await plantUser(sql, "Carla");
    await expect(plantUser(sql, "cARLA")).rejects.toThrow(/users_username_unique/);
    await expect(sql`insert into users (username) values ('')`).rejects.toThrow(/users_username_length/);
    await expect(sql`insert into users (username) values (${"x".repeat(51)})`).rejects.toThrow(/users_username_length/);
    await expect(sql`insert into users (username, email) values ('d', 'nowhere')`).rejects.toThrow(
      /users_email_format/,
    );
    await expect(sql`insert into users (username, email) values ('d', 'a b@c')`).rejects.toThrow(/users_email_format/);
    await expect(sql`insert into users (username, password_hash) values ('d', ${"a\\\\b"})`).rejects.toThrow(
      /backslash/,
    );
  });

  test("have a checksum over password hash and stamp, as the design writes it", async () => {
    const id = await plantUser(sql);
    const [row] = await sql`
      select checksum = encode(sha256((coalesce(password_hash, '') || security_stamp::text)::bytea), 'hex') as same,
        is_active from users where id = ${id}`;
    expect(row).toEqual({ same: true, isActive: true });
    const before = await checksums(id);
    await sql`update users set security_stamp = security_stamp + 1 where id = ${id}`;
    expect((await checksums(id)).checksum).not.toBe(before.checksum);
  });

  test("have a security stamp that only grows", async () => {
    const id = await plantUser(sql);
    await sql`update users set security_stamp = 5 where id = ${id}`;
    await expect(sql`update users set security_stamp = 4 where id = ${id}`).rejects.toThrow(/only grows/);
  });
});

describe("the previous checksum", () => {
  const rehash = (id: string, hash: string) =>
    sql`update users set password_hash = ${hash}, previous_checksum = checksum where id = ${id}`;

  test("is kept by a re-hash and cleared by every other change of password or stamp", async () => {
    const id = await plantUser(sql);
    const first = await checksums(id);
    await rehash(id, "better");
    expect((await checksums(id)).previousChecksum).toBe(first.checksum);
    await sql`update users set bio = 'unrelated' where id = ${id}`;
    expect((await checksums(id)).previousChecksum).toBe(first.checksum);
    await sql`update users set password_hash = 'changed' where id = ${id}`;
    expect((await checksums(id)).previousChecksum).toBeNull();
    await rehash(id, "better still");
    await sql`update users set security_stamp = security_stamp + 1 where id = ${id}`;
    expect((await checksums(id)).previousChecksum).toBeNull();
  });

  test("follows a second re-hash, so that the first one's alias ends", async () => {
    const id = await plantUser(sql);
    await rehash(id, "second");
    const second = await checksums(id);
    await rehash(id, "third");
    expect((await checksums(id)).previousChecksum).toBe(second.checksum);
  });

  test("does not survive a re-hash that also renews the stamp", async () => {
    const id = await plantUser(sql);
    await sql`
      update users set password_hash = 'n', security_stamp = security_stamp + 1, previous_checksum = checksum where id = ${id}`;
    expect((await checksums(id)).previousChecksum).toBeNull();
  });

  test("cannot be set to anything else, nor at birth", async () => {
    const id = await plantUser(sql);
    await expect(sql`update users set previous_checksum = 'forged' where id = ${id}`).rejects.toThrow(/Only a re-hash/);
    await expect(sql`update users set previous_checksum = checksum where id = ${id}`).rejects.toThrow(/Only a re-hash/);
    const [born] = await sql`
      insert into users (username, previous_checksum) values ('born', 'forged') returning previous_checksum`;
    expect(born?.previousChecksum).toBeNull();
  });
});

describe("the group users", () => {
  test("gets every new user", async () => {
    const id = await plantUser(sql);
    expect(await sql`select group_name from user_groups where user_id = ${id}`).toEqual([{ groupName: "users" }]);
  });

  test("cannot be changed, deleted or left", async () => {
    const id = await plantUser(sql);
    await expect(sql`update groups set name = 'people' where name = 'users'`).rejects.toThrow(/cannot be changed/);
    await expect(sql`update groups set deleted_at = now() where name = 'users'`).rejects.toThrow(/cannot be changed/);
    await expect(sql`delete from groups where name = 'users'`).rejects.toThrow();
    await expect(sql`delete from group_memberships where user_id = ${id}`).rejects.toThrow(/Nobody leaves/);
    await expect(sql`update group_memberships set user_id = ${id}`).rejects.toThrow(/Nobody leaves/);
    await expect(sql`truncate group_memberships`).rejects.toThrow(/Nobody leaves/);
    expect(await sql`select id from groups where name = 'users'`).toHaveLength(1);
  });

  test("leaves other groups as they please", async () => {
    const id = await plantUser(sql);
    await sql`insert into groups (name) values ('climbers')`;
    await sql`insert into group_memberships (group_id, user_id) select id, ${id} from groups where name = 'climbers'`;
    expect(
      await sql`delete from group_memberships where group_id = (select id from groups where name = 'climbers')`,
    ).toHaveProperty("count", 1);
    await sql`update groups set name = 'hikers' where name = 'climbers'`;
  });
});

test("roles of the system keep their name and stay, others do not have to", async () => {
  await expect(sql`update roles set name = 'root' where name = 'admin'`).rejects.toThrow(/part of the system/);
  await expect(sql`update roles set is_system = false where name = 'admin'`).rejects.toThrow(/part of the system/);
  await expect(sql`delete from roles where name = 'viewer'`).rejects.toThrow(/part of the system/);
  await sql`update roles set description = 'All of it' where name = 'admin'`;
  await sql`insert into roles (name) values ('auditor')`;
  expect(await sql`delete from roles where name = 'auditor'`).toHaveProperty("count", 1);
});

test("a session takes its user's checksum unless one is given", async () => {
  const id = await plantUser(sql);
  const session = await plantSession(sql, id);
  const { checksum } = await checksums(id);
  expect(await sql`select checksum from sessions where id = ${session}`).toEqual([{ checksum }]);
  await sql`update users set security_stamp = security_stamp + 1 where id = ${id}`;
  expect(await sql`select checksum from sessions where id = ${session}`).toEqual([{ checksum }]);
  await sql`update sessions set checksum = '' where id = ${session}`;
  expect(await sql`select checksum from sessions where id = ${session}`).toEqual([
    { checksum: (await checksums(id)).checksum },
  ]);
});

describe.each(["suspended", "deactivated"] as const)("a user who is %s", (status) => {
  test("loses sessions, API keys and certificates in the same transaction; others keep theirs", async () => {
    const [left, stays] = [await plantPerson(sql), await plantPerson(sql)];
    await sql`update sessions set impersonator_id = ${left.userId} where id = ${stays.sessionId}`;
    const borrowed = stays.sessionId;
    const own = await plantSession(sql, stays.userId);
    await sql`update users set status = ${status} where id = ${left.userId}`;
    const [after] = await sql`
      select (select revoke_reason from sessions where id = ${left.sessionId}) as session,
        (select revoked_at is not null from sessions where id = ${borrowed}) as borrowed,
        (select revoked_at is null from sessions where id = ${own}) as others,
        (select bool_or(is_active) from api_keys where user_id = ${left.userId}) as key,
        (select bool_and(is_active) from api_keys where user_id = ${stays.userId}) as other_key,
        (select status || ' ' || revocation_reason from certificates where id = ${left.certificateId}) as certificate,
        (select status from certificates where id = ${stays.certificateId}) as other_certificate`;
    const gone = status === "deactivated";
    expect(after).toEqual({
      session: gone ? "user_deleted" : "user_disabled",
      borrowed: true,
      others: true,
      key: false,
      otherKey: true,
      certificate: gone ? "revoked affiliationChanged" : "revoked privilegeWithdrawn",
      otherCertificate: "active",
    });
  });

  test("keeps devices when suspended and has them revoked when deactivated", async () => {
    const { userId, deviceId } = await plantPerson(sql);
    await sql`update users set status = ${status} where id = ${userId}`;
    const [after] = await sql`
      select d.status as device, p.state as peer from devices d join wireguard_peers p on p.device_id = d.id where d.id = ${deviceId}`;
    expect(after).toEqual(
      status === "deactivated" ? { device: "revoked", peer: "revoked" } : { device: "active", peer: "active" },
    );
  });
});
