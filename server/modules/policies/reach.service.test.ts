import { afterAll, beforeAll, expect, it } from "vitest";
import type { TestDatabase } from "@/server/testing/database";
import * as factories from "@/server/testing/factories";
import { freshNetwork } from "@/server/testing/networks";
import { createWorld, type World } from "@/server/testing/world";
import { ExplainAccess, ListReach } from "./access.schema";
import { explain } from "./access.service";
import { reach } from "./reach.service";

/** The organisation that the private network is measured with: 1,000 people in 200 groups, 5,000 devices, 300 policies. */
async function plantOrganisation({ sql }: TestDatabase): Promise<void> {
  await sql`
    insert into users (username, email, display_name, status)
    select 'p' || n, 'p' || n || '@example.com', 'P ' || n, 'active' from generate_series(1, 1000) n`;
  await sql`insert into groups (name) select 'g' || n from generate_series(0, 199) n`;
  await sql`
    insert into group_memberships (group_id, user_id)
    select distinct g.id, u.id from generate_series(1, 1000) n join users u on u.username = ('p' || n)::citext
      cross join lateral unnest(array[n % 200, n / 5 % 200]) k join groups g on g.name = ('g' || k)::citext
    on conflict do nothing`;
  await sql`
    insert into devices (name, status, user_id)
    select 'd' || lpad(n::text, 5, '0'), 'active', u.id from generate_series(1, 5000) n
      join users u on u.username = ('p' || (n % 1000 + 1))::citext`;
  const vpn = freshNetwork(16);
  await sql`
    with g as (insert into gateways (name, vpn_cidr) values ('gateway', ${vpn}) returning id),
         p as (select create_pool(id, ${vpn}::cidr) as pool from g)
    select 1 from p`;
  await sql`
    insert into wireguard_peers (device_id, gateway_id, public_key)
    select d.id, g.id, encode(sha256(d.id::text::bytea), 'base64') from devices d cross join gateways g`;
  await sql`
    insert into ip_allocations (pool_id, gateway_id, device_id, address)
    select p.id, p.gateway_id, d.id, host(p.cidr)::inet + 10 + d.n::int
      from (select id, row_number() over () as n from devices) d cross join ip_pools p`;
  await sql`
    insert into policies (name, priority, effect)
    select 'policy ' || n, n % 20, (case when n % 5 = 0 then 'deny' else 'allow' end)::policy_effect
      from generate_series(1, 300) n`;
  await sql`
    insert into policy_targets (policy_id, target_type, target_id)
    select p.id, 'group', g.id from policies p join groups g on g.name = ('g' || (split_part(p.name, ' ', 2)::int % 200))::citext`;
  await sql`
    insert into policy_destinations (policy_id, destination)
    select p.id, ('10.' || ((split_part(p.name, ' ', 2)::int * 3 + k) % 256) || '.0.0/16')::cidr
      from policies p cross join generate_series(0, 2) k
    union all select p.id, '10.200.0.0/16' from policies p where split_part(p.name, ' ', 2)::int % 3 = 0`;
  await sql`vacuum analyze`;
}

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await plantOrganisation(world.database);
}, 120_000);
afterAll(() => world.end());

const { system } = factories;

it("who of 5,000 devices reaches an address that a hundred of 300 policies name is known, with the counts of every answer", async () => {
  const filter = ListReach.parse({ dst: "10.200.0.9", size: 100 });
  const page = await reach.execute(system, filter);
  expect(page.total).toBe(5000);
  expect(page.counts.allow).toBeGreaterThan(200);
  expect(page.counts.deny).toBeGreaterThan(200);
  const allowed = await reach.execute(system, { ...filter, verdict: "allow" });
  expect(allowed.total).toBe(page.counts.allow);
  expect(new Set(allowed.rows.map(({ verdict }) => verdict))).toEqual(new Set(["allow"]));
}, 60_000);

it("one of 5,000 devices is explained by each of 300 policies", async () => {
  const [row] = await world.database.sql`select id from devices where name = 'd00042'`;
  const question = ExplainAccess.parse({ device: row?.id, dst: "10.200.0.9" });
  expect((await explain.execute(system, question)).devices[0]?.considered).toHaveLength(300);
}, 60_000);
