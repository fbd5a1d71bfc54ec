import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stateAt } from "@/server/modules/gateways/kept-states.service";
import { GatewayState } from "@/server/modules/gateways/state.schema";
import { ListPolicyTests } from "@/server/modules/policies/tests.schema";
import * as tests from "@/server/modules/policies/tests.service";
import * as factories from "@/server/testing/factories";
import { createWorld, type World } from "@/server/testing/world";

const script = (name: string) => readFileSync(join(import.meta.dirname, name), "utf8");

let world: World;
beforeAll(async () => {
  world = await createWorld();
  const { sql } = world.database;
  await sql.begin((tx) => tx.unsafe(script("organisation.sql") + script("network.sql")));
  await sql.unsafe(script("in-sync.sql"));
});
afterAll(() => world.end());

describe("the organisation of the demonstration", () => {
  it("has people, devices and tunnels in the numbers that are promised", async () => {
    const [counts] = await world.database.sql`
      select (select count(*)::int from users where email like '%@example.com') as people,
             (select count(*)::int from devices) as devices, (select count(*)::int from wireguard_peers) as tunnels,
             (select count(*)::int from gateways where applied_revision = desired_revision) as gateways`;
    expect(counts).toMatchObject({ people: 200, devices: 1500, gateways: 3 });
    expect(counts?.tunnels).toBeGreaterThan(500);
  });

  it("is a network that each gateway could enforce", async () => {
    const gateways = await world.database.sql<{ id: string; revision: number }[]>`
      select id, desired_revision::int as revision from gateways`;
    for (const gateway of gateways) {
      const { body } = await stateAt(factories.system, gateway);
      const state = GatewayState.parse(JSON.parse(body.toString()));
      expect(state.counts.peers).toBeGreaterThan(50);
      expect(state.counts.profiles).toBeGreaterThan(0);
    }
  });

  it("passes its own policy tests", async () => {
    const { rows } = await tests.list.execute(await world.asRole("admin"), ListPolicyTests.parse({}));
    expect(rows.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["Contractors never see the databases", "passed"],
      ["Engineering can release", "passed"],
    ]);
  });
});
