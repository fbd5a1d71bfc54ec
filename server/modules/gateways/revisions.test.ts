import type { Sql, TransactionSql } from "postgres";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "@/db/client";
import { plantPerson } from "@/db/test-rows";
import * as factories from "@/server/testing/factories";
import { plantPool } from "@/server/testing/networks";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let sql: Sql;
let person: Awaited<ReturnType<typeof plantPerson>>;
/** A gateway where nobody has a tunnel, and the one where the person's device has one. */
let other: string;
let own: string;
let policyId = "";
let groupId = "";
let listening: Sql;
let announced: string[] = [];
beforeAll(async () => {
  world = await createWorld();
  sql = world.database.sql;
  person = await plantPerson(sql);
  own = person.gatewayId;
  other = (await plantPool(sql, "10.200.0.0/24")).gatewayId;
  [{ id: policyId } = { id: "" }] = await sql<{ id: string }[]>`insert into policies (name) values ('p') returning id`;
  [{ id: groupId } = { id: "" }] = await sql<{ id: string }[]>`insert into groups (name) values ('g') returning id`;
  await sql`insert into group_memberships (group_id, user_id) values (${groupId}, ${person.userId})`;
  listening = createClient(world.database.url, { max: 1 });
  await listening.listen("keyward_changes", (topic) => void announced.push(topic));
});
afterAll(async () => {
  await listening.end({ timeout: 1 });
  await world.end();
});
afterEach(() => {
  announced = [];
});

const revisions = async () => {
  const rows = await sql<{ id: string; revision: number }[]>`select id, desired_revision as revision from gateways`;
  return new Map(rows.map(({ id, revision }) => [id, revision]));
};

/** Everything announced before this; what a commit announces arrives in the order of commits. */
async function heard(): Promise<string[]> {
  const mark = crypto.randomUUID();
  await sql`select pg_notify('keyward_changes', ${mark})`;
  await expect.poll(() => announced.includes(mark)).toBe(true);
  return announced.filter((topic) => topic.startsWith("gateway:"));
}

/** Which gateways the work bumped, and how often it announced each. */
async function effect(work: (tx: TransactionSql) => PromiseLike<unknown>) {
  const before = await revisions();
  await heard();
  announced = [];
  await sql.begin(work);
  const topics = await heard();
  const after = await revisions();
  const bumps = [...after].flatMap(([id, revision]) => {
    const by = revision - (before.get(id) ?? 0);
    return by === 0 ? [] : [[id, by] as const];
  });
  return { bumps: Object.fromEntries(bumps), topics: topics.toSorted() };
}

const once = (...ids: string[]) => ({
  bumps: Object.fromEntries(ids.map((id) => [id, 1])),
  topics: ids.map((id) => `gateway:${id}`).toSorted(),
});

type Change = readonly [what: string, work: (tx: TransactionSql) => PromiseLike<unknown>];

const local: Change[] = [
  ["a device's state", (tx) => tx`update devices set status = 'suspended' where id = ${person.deviceId}`],
  [
    "a device's end",
    (tx) => tx`update devices set expires_at = now() + interval '1 day' where id = ${person.deviceId}`,
  ],
  ["a device's owner", (tx) => tx`update devices set user_id = null where id = ${person.deviceId}`],
  [
    "a device's return",
    (tx) => tx`update devices set user_id = ${person.userId}, status = 'active' where id = ${person.deviceId}`,
  ],
  ["its owner's suspension", (tx) => tx`update users set status = 'suspended' where id = ${person.userId}`],
  ["its owner's return", (tx) => tx`update users set status = 'active' where id = ${person.userId}`],
  ["its owner leaving a group", (tx) => tx`delete from group_memberships where group_id = ${groupId}`],
  [
    "its owner joining one",
    (tx) => tx`insert into group_memberships (group_id, user_id) values (${groupId}, ${person.userId})`,
  ],
  ["the loss of its tags", (tx) => tx`delete from device_tags where device_id = ${person.deviceId}`],
  [
    "a new tag",
    (tx) => tx`insert into device_tags (device_id, tag_id) select ${person.deviceId}, id from tags limit 1`,
  ],
  [
    "the end of its tag",
    (tx) => tx`delete from tags where id in (select tag_id from device_tags where device_id = ${person.deviceId})`,
  ],
  [
    "its tunnel's key",
    (tx) => tx`update wireguard_peers set public_key = ${`${"B".repeat(42)}E=`} where device_id = ${person.deviceId}`,
  ],
  [
    "its tunnel's secret",
    (tx) => tx`update wireguard_peers set preshared_key_ciphertext = 'x' where device_id = ${person.deviceId}`,
  ],
  [
    "its tunnel's end",
    (tx) => tx`update wireguard_peers set not_after = now() + interval '1 day' where device_id = ${person.deviceId}`,
  ],
  [
    "its tunnel's address",
    (tx) => tx`update wireguard_peers set assigned_ip = '10.9.9.9' where device_id = ${person.deviceId}`,
  ],
  [
    "its allocation's end",
    (tx) => tx`update ip_allocations set status = 'released', released_at = now() where device_id = ${person.deviceId}`,
  ],
  ["the gateway's settings", (tx) => tx`update gateways set mtu = 1380, listen_port = 51900 where id = ${own}`],
  [
    "many of these at once",
    async (tx) => {
      await tx`update devices set status = 'suspended' where id = ${person.deviceId}`;
      await tx`update devices set status = 'active' where id = ${person.deviceId}`;
      await tx`update wireguard_peers set not_after = null where device_id = ${person.deviceId}`;
      await tx`update gateways set mtu = 1400 where id = ${own}`;
    },
  ],
];

const general: Change[] = [
  [
    "a network behind a gateway",
    (tx) => tx`insert into gateway_networks (gateway_id, network) values (${own}, '10.250.0.0/24')`,
  ],
  ["a policy's order", (tx) => tx`update policies set priority = 7`],
  ["a policy's end", (tx) => tx`update policies set is_active = false`],
  ["a target", (tx) => tx`insert into policy_targets (policy_id, target_type) values (${policyId}, 'all')`],
  [
    "a destination",
    (tx) => tx`insert into policy_destinations (policy_id, destination) values (${policyId}, '10.0.0.0/8')`,
  ],
  ["fewer destinations", (tx) => tx`delete from policy_destinations`],
  ["the end of a group", (tx) => tx`update groups set deleted_at = now() where id = ${groupId}`],
  ["another pool", (tx) => tx`select create_pool(${other}, 'fd00:1::/64'::cidr)`],
  [
    "policies, devices and networks in one",
    async (tx) => {
      await tx`update devices set status = 'suspended' where id = ${person.deviceId}`;
      await tx`insert into policies (name) select 'many-' || n from generate_series(1, 20) n`;
      await tx`insert into gateway_networks (gateway_id, network) values (${own}, '10.251.0.0/24')`;
    },
  ],
];

describe("a change gives a new revision, once, and announces it once:", () => {
  it.each(local)("%s, to the gateway it concerns", async (_, work) => {
    expect(await effect(work)).toEqual(once(own));
  });

  it.each(general)("%s, to every gateway", async (_, work) => {
    expect(await effect(work)).toEqual(once(own, other));
  });
});

describe("no gateway hears", () => {
  const nothing = once();
  it.each<Change>([
    [
      "that a device was seen",
      (tx) => tx`update devices set last_seen_at = now(), applied_hash = 'x' where id = ${person.deviceId}`,
    ],
    [
      "that a user signed in",
      (tx) =>
        tx`update users set last_login_at = now(), security_stamp = security_stamp + 1 where id = ${person.userId}`,
    ],
    [
      "that a tunnel shook hands",
      (tx) => tx`update wireguard_peers set last_handshake_at = now() where device_id = ${person.deviceId}`,
    ],
    [
      "what a gateway reports of itself",
      (tx) => tx`update gateways set applied_etag = 'x', applied_at = now(), last_sync_at = now(), boot_id = 'b'`,
    ],
    ["of a policy's new name", (tx) => tx`update policies set description = 'said better'`],
    ["of a pool's new use", (tx) => tx`update ip_pools set used = 7`],
    [
      "of a device without a tunnel",
      async (tx) => {
        await tx`insert into devices (name, status) values ('quiet', 'pending')`;
        await tx`update devices set status = 'active' where name = 'quiet'`;
      },
    ],
    ["of a new user", (tx) => tx`insert into users (username, status) values ('newcomer', 'active')`],
  ])("%s", async (_, work) => {
    expect(await effect(work)).toEqual(nothing);
  });

  it("of what was rolled back", async () => {
    const undo = new Error("undo");
    const work = async (tx: TransactionSql) => {
      await tx`update policies set priority = 99`;
      throw undo;
    };
    const before = await revisions();
    await expect(sql.begin(work)).rejects.toBe(undo);
    expect([await heard(), await revisions()]).toEqual([[], before]);
  });

  it("of a sign-in and a device that enrols, through the server itself", async () => {
    const before = await revisions();
    const user = await factories.user();
    await factories.session(user);
    const device = await factories.device({ owner: user });
    await device.client.send("GET", "/self");
    expect([await heard(), await revisions()]).toEqual([[], before]);
  });
});

it("transactions that concern the gateways in opposite orders do not stand in each other's way", async () => {
  const many = createClient(world.database.url, { max: 8 });
  const before = await revisions();
  const change = (first: string, second: string, at: number) =>
    many.begin(async (tx) => {
      for (const [gateway, n] of [
        [first, at],
        [second, at + 1],
      ] as const) {
        await tx`insert into gateway_networks (gateway_id, network) values (${gateway}, ${`10.${n}.${at % 250}.0/24`})`;
      }
    });
  const rounds = Array.from({ length: 100 }, (_, at) => (at % 2 ? change(own, other, at) : change(other, own, at)));
  await Promise.all(rounds);
  const after = await revisions();
  expect([own, other].map((id) => (after.get(id) ?? 0) - (before.get(id) ?? 0))).toEqual([100, 100]);
  await many.end({ timeout: 5 });
});
