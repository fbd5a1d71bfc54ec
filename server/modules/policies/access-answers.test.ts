import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plantGateway } from "@/server/testing/access-world";
import * as factories from "@/server/testing/factories";
import { plantDevices } from "@/server/testing/networks";
import { savedPolicy } from "@/server/testing/policies";
import { createWorld, type World } from "@/server/testing/world";
import { ExplainAccess, ListReach } from "./access.schema";
import { explain } from "./access.service";
import { reach } from "./reach.service";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const { system } = factories;
const all = [{ type: "all" as const, isExcluded: false }];

async function explanation(input: (typeof ExplainAccess)["_zod"]["input"]) {
  const { devices, ...rest } = await explain.execute(system, ExplainAccess.parse(input));
  const [first] = devices;
  if (!first) throw new Error("No device was explained");
  return { ...rest, ...first };
}

describe("the answer", () => {
  it("names the policy, as what it names the device, and the narrowest network", async () => {
    const tag = await factories.tag();
    const device = await factories.device({ tagIds: [tag.id] });
    await plantGateway(world.database, [device.id]);
    const saved = await savedPolicy({
      priority: 0,
      targets: [{ type: "tag", id: tag.id, isExcluded: false }],
      destinations: [{ network: "198.51.0.0/16" }, { network: "198.51.100.0/24" }],
    });
    const answer = await explanation({ device: device.id, dst: "::ffff:198.51.100.7", protocol: "icmp" });
    expect(answer).toMatchObject({ dst: "198.51.100.7", verdict: "allow", reason: "policy" });
    expect(answer.decidedBy).toEqual({
      ...{ policyId: saved.id, name: saved.name, priority: 0, effect: "allow", destination: "198.51.100.0/24" },
      via: { type: "tag", id: tag.id, name: tag.name },
    });
    expect(answer.considered.filter(({ isMatch }) => isMatch).map(({ policyId }) => policyId)).toEqual([saved.id]);
  });

  it("says through which gateway it goes, and whether that enforces it already", async () => {
    const [id] = await plantDevices(world.database.sql, 1);
    if (!id) throw new Error("no device");
    const gatewayId = await plantGateway(world.database, [id]);
    const { sql } = world.database;
    await sql`insert into gateway_networks (gateway_id, network) values (${gatewayId}, '203.0.113.0/24')`;
    const ask = () => explanation({ device: id, dst: "203.0.113.9" });
    const before = await ask();
    expect(before.routes).toMatchObject({
      gatewayId,
      inTunnel: false,
      network: "203.0.113.0/24",
      inIssuedProfile: null,
    });
    expect(before.enforcement).toMatchObject({ gatewayId, appliedRevision: null, inSync: false });
    await savedPolicy({
      targets: [{ type: "device", id, isExcluded: false }],
      destinations: [{ network: "203.0.113.9" }],
    });
    await sql`
      update wireguard_peers set last_profile_issued_at = now(), allowed_ips = '{10.0.0.0/8}' where device_id = ${id}`;
    await sql`
      update gateways set applied_revision = desired_revision, applied_at = '2026-03-01T12:00Z' where id = ${gatewayId}`;
    const after = await ask();
    expect(after.routes).toMatchObject({ inTunnel: true, inIssuedProfile: false });
    expect(after.enforcement).toMatchObject({ inSync: true, error: null, appliedAt: new Date("2026-03-01T12:00Z") });
    await sql`update gateways set apply_error = 'nft: no such file' where id = ${gatewayId}`;
    expect((await ask()).enforcement).toMatchObject({ inSync: false, error: "nft: no such file" });
  });

  it("does not look beyond a policy for everybody about everything", async () => {
    const open = await savedPolicy({ priority: 0, targets: all, destinations: [{ network: "192.0.2.0/24" }] });
    await savedPolicy({ priority: 1, effect: "deny", targets: all, destinations: [{ network: "192.0.2.0/24" }] });
    const [device] = await plantDevices(world.database.sql, 1);
    if (!device) throw new Error("no device");
    await plantGateway(world.database, [device]);
    const { rows } = await reach.execute(system, ListReach.parse({ dst: "192.0.2.1" }));
    const deciding = new Set(rows.flatMap(({ decidedBy }) => decidedBy.map(({ policyId }) => policyId)));
    expect(deciding).toEqual(new Set([open.id]));
  });
});
