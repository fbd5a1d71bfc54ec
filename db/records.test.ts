import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestDatabase, testDatabase } from "@/server/testing/database";
import { plantCertificate, plantPerson, plantUser } from "./test-rows";

let database: TestDatabase;
let sql: TestDatabase["sql"];
beforeAll(async () => {
  database = await testDatabase();
  sql = database.sql;
});
afterAll(() => database.drop());

test("an enrolment token cannot be used more often than its limit says", async () => {
  const { deviceId } = await plantPerson(sql);
  const use = () => sql`
    update enrolment_tokens set usage_current = usage_current + 1
    where id = (select enrolment_token_id from devices where id = ${deviceId})`;
  for (let i = 0; i < 3; i++) await use();
  await expect(use()).rejects.toThrow(/enrolment_tokens_usage_within_limit/);
});

describe("certificates", () => {
  const certificate = async () => plantCertificate(sql, await plantUser(sql));
  const revoke = (id: string, reason = "superseded") =>
    sql`update certificates set status = 'revoked', revoked_at = now(), revocation_reason = ${reason} where id = ${id}`;

  test("are never deleted or truncated", async () => {
    await expect(sql`delete from certificates`).rejects.toThrow(/never deleted/);
    await expect(sql`truncate certificates cascade`).rejects.toThrow(/never deleted/);
  });

  test("cannot be rewritten, only filled in once", async () => {
    const id = await certificate();
    await sql`update certificates set certificate_data = 'PEM' where id = ${id}`;
    for (const change of [
      { certificate_data: "other" },
      { serial_number: "abcd" },
      { not_after: new Date("2040-01-01") },
      { user_id: null },
    ]) {
      await expect(sql`update certificates set ${sql(change)} where id = ${id}`).rejects.toThrow(/cannot be rewritten/);
    }
  });

  test("stay revoked: only the reason may become key compromise", async () => {
    const id = await certificate();
    await revoke(id);
    await expect(
      sql`update certificates set status = 'active', revoked_at = null, revocation_reason = null where id = ${id}`,
    ).rejects.toThrow(/Revoked is final/);
    await expect(sql`update certificates set status = 'expired', revoked_at = null where id = ${id}`).rejects.toThrow();
    await expect(sql`update certificates set revocation_reason = 'unspecified' where id = ${id}`).rejects.toThrow(
      /final/,
    );
    await expect(sql`update certificates set revoked_at = now() + interval '1 day' where id = ${id}`).rejects.toThrow(
      /final/,
    );
    await sql`update certificates set revocation_reason = 'keyCompromise' where id = ${id}`;
  });

  test("may be released from a hold", async () => {
    const id = await certificate();
    await revoke(id, "certificateHold");
    await sql`update certificates set status = 'active', revoked_at = null, revocation_reason = null where id = ${id}`;
    await revoke(id);
  });

  test("that expired can still be reported as compromised, and nothing else", async () => {
    const id = await certificate();
    await sql`update certificates set status = 'expired' where id = ${id}`;
    await expect(sql`update certificates set status = 'active' where id = ${id}`).rejects.toThrow(/compromised/);
    await expect(revoke(id)).rejects.toThrow(/compromised/);
    await revoke(id, "keyCompromise");
  });

  test("are revoked with time and reason or not at all", async () => {
    const id = await certificate();
    await expect(sql`update certificates set status = 'revoked' where id = ${id}`).rejects.toThrow(
      /certificates_revocation/,
    );
    await expect(
      sql`update certificates set revoked_at = now(), revocation_reason = 'superseded' where id = ${id}`,
    ).rejects.toThrow(/certificates_revocation/);
  });

  test("are seen as expired by the clock, swept or not", async () => {
    const userId = await plantUser(sql);
    const id = await plantCertificate(sql, userId);
    await sql`
      insert into certificates (user_id, authority_id, kind, serial_number, not_before, not_after)
      select user_id, authority_id, 'user', '0badcafe', now() - interval '2 days', now() - interval '1 day'
      from certificates where id = ${id}`;
    const rows = await sql`select status from effective_certificates where user_id = ${userId} order by not_after`;
    expect([...rows]).toEqual([{ status: "expired" }, { status: "active" }]);
  });
});

describe("the audit trail", () => {
  test("is only ever added to, by anybody, through parent or partition", async () => {
    await plantPerson(sql);
    const [row] = await sql<
      { partition: string }[]
    >`select tableoid::regclass::text as partition from audit_logs limit 1`;
    const partition = row?.partition ?? "";
    for (const table of ["audit_logs", partition]) {
      await expect(sql`update ${sql(table)} set message = 'x'`).rejects.toThrow(/only ever added/);
      await expect(sql`delete from ${sql(table)}`).rejects.toThrow(/only ever added/);
      await expect(sql`truncate ${sql(table)}`).rejects.toThrow(/only ever added/);
    }
    await expect(sql`update audit_logs set message = 'x' where false`).rejects.toThrow(/only ever added/);
    for (const table of ["audit_seals", "audit_checkpoints"]) {
      await expect(sql`delete from ${sql(table)}`).rejects.toThrow(/only ever added/);
    }
  });

  test("refuses the server's role before any trigger is asked", async () => {
    const { app } = database;
    await expect(app`update audit_logs set message = 'x'`).rejects.toThrow(/permission denied/);
    await expect(app`delete from audit_logs`).rejects.toThrow(/permission denied/);
    await expect(app`truncate audit_logs`).rejects.toThrow(/permission denied/);
  });

  test("numbers its rows in the order they were written", async () => {
    const rows = await sql`
      insert into audit_logs (actor_kind, event_type, action, source)
      values ('system', 'a.b', 'b', 'system'), ('system', 'a.b', 'b', 'system') returning sequence`;
    expect(Number(rows[1]?.sequence) - Number(rows[0]?.sequence)).toBe(1);
  });
});

describe("addresses", () => {
  test("of live gateways do not overlap", async () => {
    await sql`insert into gateways (name, vpn_cidr) values ('a', '172.20.0.0/16')`;
    await expect(sql`insert into gateways (name, vpn_cidr) values ('b', '172.20.4.0/24')`).rejects.toThrow(/overlap/);
    await sql`update gateways set deleted_at = now() where name = 'a'`;
    await sql`insert into gateways (name, vpn_cidr) values ('b', '172.20.4.0/24')`;
    await sql`insert into ip_pools (cidr, max_off) values ('172.20.0.0/16', 65534)`;
    await expect(sql`insert into ip_pools (cidr, max_off) values ('172.20.8.0/24', 254)`).rejects.toThrow(/overlap/);
  });

  test("are given to one device at a time, and a device has one of each family", async () => {
    const { deviceId, gatewayId } = await plantPerson(sql);
    const other = await plantPerson(sql);
    const give = (device: string, address: string) =>
      sql`insert into ip_allocations (gateway_id, device_id, address) values (${gatewayId}, ${device}, ${address})`;
    await give(deviceId, "fd00::2");
    await expect(give(deviceId, "10.99.0.9")).rejects.toThrow(/ip_allocations_device_id_allocated/);
    await expect(give(other.deviceId, "fd00::2")).rejects.toThrow(/ip_allocations_gateway_id_address_live/);
    await sql`
      update ip_allocations set status = 'released', released_at = now() where device_id = ${deviceId} and family(address) = 6`;
    await give(other.deviceId, "fd00::2");
    // Of each gateway one.
    await sql`insert into ip_allocations (gateway_id, device_id, address) values (${other.gatewayId}, ${deviceId}, '10.98.0.9')`;
  });
});

describe("WireGuard keys", () => {
  test("are one device's for ever, which may have one at several gateways and never gets one back", async () => {
    const [one, other] = [await plantPerson(sql), await plantPerson(sql)];
    const [{ key } = { key: "" }] = await sql<{ key: string }[]>`
      select public_key as key from wireguard_peers where device_id = ${one.deviceId}`;
    const give = (device: string, gateway: string) =>
      sql`insert into wireguard_peers (device_id, gateway_id, public_key) values (${device}, ${gateway}, ${key})`;
    await expect(give(other.deviceId, one.gatewayId)).rejects.toThrow(/wireguard_peers_key_of_one_device/);
    await give(one.deviceId, other.gatewayId);
    await expect(give(one.deviceId, other.gatewayId)).rejects.toThrow(/wireguard_peers_one_active/);
    await sql`update wireguard_peers set state = 'revoked' where device_id = ${one.deviceId}`;
    await expect(give(one.deviceId, one.gatewayId)).rejects.toThrow(/used before and has ended/);
    await expect(give(other.deviceId, one.gatewayId)).rejects.toThrow(/wireguard_peers_key_of_one_device/);
  });

  test("are kept apart by an index in which nobody looks for a device's tunnels: that takes forty times as long", async () => {
    const plan = sql.begin(async (tx) => {
      await tx`drop index wireguard_peers_device_id, wireguard_peers_one_active`;
      await tx`set local enable_seqscan = off`;
      const lines = await tx`explain select id from wireguard_peers where device_id = gen_random_uuid()`;
      throw new Error(JSON.stringify(lines));
    });
    await expect(plan).rejects.toThrow(/Seq Scan/);
  });
});

describe("system_properties", () => {
  test("reads and writes settings as text, keeping their types", async () => {
    const { app } = database;
    expect(await app`select value from system_properties where key = 'session.idle_s'`).toEqual([{ value: "3600" }]);
    await app`update system_properties set value = '1800' where key = 'session.idle_s'`;
    expect(await app`select value from settings where category = 'session' and key = 'idle_s'`).toEqual([
      { value: 1800 },
    ]);
    await app`insert into system_properties (key, value) values ('mail.from', 'keyward@example.com')`;
    expect(await app`select value from system_settings where category = 'mail'`).toEqual([
      { value: "keyward@example.com" },
    ]);
    await app`delete from system_properties where key = 'mail.from'`;
    expect(await app`select key from system_properties where key = 'mail.from'`).toEqual([]);
  });

  test("refuses a value of another type and a name without a category", async () => {
    await expect(sql`update system_properties set value = 'soon' where key = 'session.idle_s'`).rejects.toThrow(/json/);
    for (const key of ["plain", ".x", "x."]) {
      await expect(sql`insert into system_properties (key, value) values (${key}, '1')`).rejects.toThrow(
        /category.key/,
      );
    }
  });
});
