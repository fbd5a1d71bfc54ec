import fc from "fast-check";
import { DeviceId, GatewayId, UserId } from "@/server/core/ids";
import type { TestDatabase } from "./database";
import * as factories from "./factories";
import { wireguardKey } from "./network";
import { freshNetwork, plantDevices } from "./networks";
import { savedPolicy } from "./policies";

/** Addresses that the policies below tell apart, and some that they do not. */
export const ADDRESSES = ["10.0.0.5", "10.0.0.130", "10.0.9.9", "10.77.0.9", "8.8.8.8", "2001:db8::1", "fd00::1"];

const networks = ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/24", "10.0.0.128/25", "10.0.0.5/32", "2001:db8::/32", "::/0"];

const destination = fc.oneof(
  fc.record({ network: fc.constantFrom(...networks) }),
  fc.record({
    network: fc.constantFrom(...networks),
    protocol: fc.constantFrom("tcp" as const, "udp" as const),
    ports: fc.constantFrom(null, { from: 443, to: 443 }, { from: 1, to: 1024 }),
  }),
);

const fields = fc.record({
  priority: fc.integer({ min: 0, max: 4 }),
  effect: fc.constantFrom("allow" as const, "deny" as const),
  isActive: fc.integer({ min: 0, max: 7 }).map((n) => n > 0),
  isTunnel: fc.integer({ min: 0, max: 6 }).map((n) => n === 0),
  window: fc.constantFrom("open", "open", "open", "over", "later"),
  targets: fc.uniqueArray(fc.record({ at: fc.nat(), isExcluded: fc.constantFrom(false, false, false, true) }), {
    minLength: 1,
    maxLength: 3,
  }),
  destinations: fc.array(destination, { maxLength: 3 }),
});

const hours = (count: number): string => new Date(Date.now() + count * 3_600_000).toISOString();
const windows = {
  open: {},
  over: { startsAt: hours(-2), endsAt: hours(-1) },
  later: { startsAt: hours(1), endsAt: null },
} as const;

interface Ends {
  users: readonly factories.TestUser[];
  groups: readonly { id: string }[];
  tags: readonly { id: string }[];
  devices: readonly DeviceId[];
}

/** Policies for all sorts of targets, the same at every run. */
async function plantPolicies({ users, groups, tags, devices }: Ends, count: number): Promise<void> {
  const ends = [
    { type: "all" as const, id: null },
    ...users.map(({ id }) => ({ type: "user" as const, id })),
    ...groups.map(({ id }) => ({ type: "group" as const, id })),
    ...tags.map(({ id }) => ({ type: "tag" as const, id })),
    ...devices.slice(0, 4).map((id) => ({ type: "device" as const, id })),
  ];
  for (const { isTunnel, window, targets, effect, ...rest } of fc.sample(fields, { numRuns: count, seed: 20 })) {
    const named = new Map(targets.map(({ at, isExcluded }) => [at % ends.length, isExcluded]));
    const chosen = [...named].flatMap(([at, isExcluded]) => {
      const end = ends[at];
      return end ? [{ ...end, isExcluded }] : [];
    });
    const fullTunnel = isTunnel && effect === "allow";
    await savedPolicy({ ...rest, ...windows[window as keyof typeof windows], effect, fullTunnel, targets: chosen });
  }
}

/** A gateway with a tunnel of each of these devices. */
export async function plantGateway({ sql }: TestDatabase, devices: readonly DeviceId[]): Promise<GatewayId> {
  const vpn = freshNetwork(16);
  const [row] = await sql<{ id: string }[]>`
    insert into gateways (name, vpn_cidr, public_key, endpoint)
    values (${factories.unique("gateway")}, ${vpn}, ${wireguardKey()}, 'vpn.example.com:51820') returning id`;
  const id = GatewayId.parse(row?.id);
  await sql`select create_pool(${id}, ${vpn}::cidr)`;
  const keys = devices.map(() => wireguardKey());
  await sql`
    insert into wireguard_peers (device_id, gateway_id, public_key)
    select d, ${id}, k from unnest(${[...devices]}::uuid[], ${keys}::text[]) as t(d, k)`;
  await sql`
    insert into ip_allocations (pool_id, gateway_id, device_id, address)
    select p.id, ${id}, t.d, host(${vpn}::cidr)::inet + 9 + t.n::int
      from unnest(${[...devices]}::uuid[]) with ordinality t(d, n), ip_pools p where p.gateway_id = ${id}`;
  return id;
}

/**
 * People in and out of groups, devices of theirs and of nobody, in every state, with tags and without, most with a
 * tunnel, and policies for all of them.
 */
export async function plantAccess(database: TestDatabase, { policies = 30 }: { policies?: number } = {}) {
  const { sql } = database;
  const users: factories.TestUser[] = [];
  for (const status of ["active", "active", "active", "suspended"] as const)
    users.push(await factories.user({ status }));
  const groups = [await factories.group(), await factories.group(), await factories.group()];
  const tags = [await factories.tag(), await factories.tag()];
  const devices = await plantDevices(sql, 32);
  for (const [at, { id }] of users.entries()) {
    await sql`update devices set user_id = ${id} where id = any(${devices.filter((_, n) => n % 5 === at)}::uuid[])`;
  }
  const members = groups.flatMap(({ id }, at) =>
    [users[at], users[at + 1]].flatMap((user) => (user ? [{ group_id: id, user_id: user.id }] : [])),
  );
  await sql`insert into group_memberships ${sql(members)}`;
  const tagged = devices.flatMap((device, n) =>
    tags.filter((_, at) => n % (at + 2) === 0).map(({ id }) => ({ device_id: device, tag_id: id })),
  );
  await sql`insert into device_tags ${sql(tagged)}`;
  const at = (step: number, offset: number) => devices.filter((_, n) => n % step === offset);
  await sql`update devices set status = 'suspended' where id = any(${at(11, 3)}::uuid[])`;
  await sql`update devices set status = 'pending' where id = any(${at(13, 4)}::uuid[])`;
  await sql`update devices set expires_at = now() - interval '1 hour' where id = any(${at(12, 5)}::uuid[])`;
  const gatewayId = await plantGateway(
    database,
    devices.filter((_, n) => n % 8 !== 7),
  );
  const off = await plantGateway(database, at(16, 7));
  await sql`update gateways set is_active = false where id = ${off}`;
  await plantPolicies({ users, groups, tags, devices }, policies);
  return {
    devices: devices.map((id) => DeviceId.parse(id)),
    users: users.map(({ id }) => UserId.parse(id)),
    groups,
    tags,
    gatewayId,
  };
}
