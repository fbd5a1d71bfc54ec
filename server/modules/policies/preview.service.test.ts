import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { read } from "@/server/core/database";
import * as factories from "@/server/testing/factories";
import { policyFields, savedPolicy, savedTest } from "@/server/testing/policies";
import { createWorld, type World } from "@/server/testing/world";
import { allowedOf, compileDevices } from "./compilation.service";
import { preview } from "./preview.service";
import { FindTargets, PreviewPolicy } from "./schema";
import * as policies from "./service";
import { find } from "./targets.service";

let world: World;
let owner: factories.TestUser;
let device: factories.TestDevice;
let tagId: string;
beforeAll(async () => {
  world = await createWorld();
  owner = await factories.user();
  const tag = await factories.tag();
  tagId = tag.id;
  device = await factories.device({ owner, tagIds: [tag.id], hostname: "lt-ada" });
  await factories.device({ hostname: "lt-waiting", status: "pending" });
});
afterAll(() => world.end());

const { system } = factories;
const look = (input: Parameters<typeof policyFields>[0], id: string | null = null, caller = system) =>
  preview.execute(caller, PreviewPolicy.parse({ ...policyFields(input), id }));

describe("the preview", () => {
  it("says what each active device would gain, and changes nothing", async () => {
    const found = await look({ destinations: [{ network: "10.1.0.0/16", protocol: "tcp" }] });
    expect(found).toMatchObject({ gains: 1, losses: 0, devices: 1, findings: [], failedTests: [] });
    expect(found.changes).toEqual([
      {
        ...{ deviceId: device.id, deviceName: "lt-ada", ownerName: owner.username },
        ...{ destination: "10.1.0.0/16", protocol: "tcp", ports: null },
        ...{ before: "deny", after: "allow", gains: true, loses: false },
      },
    ]);
    const { devices } = await read({ scope: "admin", userId: null }, (reader) => compileDevices(reader, new Date()));
    expect(devices.get(device.id)?.profile.rules).toEqual([]);
  });

  it("says what an edit gives and takes, and what its excludes leave out", async () => {
    const live = await savedPolicy({ destinations: [{ network: "10.2.0.0/16" }] });
    const moved = await look({ destinations: [{ network: "10.3.0.0/16" }] }, live.id);
    expect(moved).toMatchObject({ gains: 1, losses: 1, devices: 1 });
    const excluding = await look(
      {
        targets: [
          { type: "all", isExcluded: false },
          { type: "tag", id: tagId, isExcluded: true },
        ],
        destinations: [{ network: "10.2.0.0/16" }],
      },
      live.id,
    );
    expect(excluding.changes).toMatchObject([{ destination: "10.2.0.0/16", before: "allow", after: "deny" }]);
    await policies.remove.execute(system, { id: live.id, isOverride: false });
  });

  it("names the tests that would fail and what is odd, before anybody saves", async () => {
    const test = await savedTest({
      ...{ sourceType: "device", sourceId: device.id, destination: "10.4.0.1", expect: "deny" },
    });
    const found = await look({ destinations: [{ network: "10.4.0.0/24" }] });
    expect(found.failedTests).toEqual([{ id: test.id, name: test.name }]);
    expect((await look({})).findings.map(({ kind }) => kind)).toEqual(["inert-destinations"]);
  });

  it("counts for those who may not see devices, and names none", async () => {
    const found = await look({ fullTunnel: true }, null, await world.as("policy.read"));
    expect(found).toMatchObject({ devices: 1, gains: 1, changes: [] });
  });
});

it("the preview of a policy that is too long for an address is posted", async () => {
  const destinations = Array.from({ length: 1000 }, (_, at) => ({
    network: `10.${at % 250}.${Math.floor(at / 250)}.0/24`,
  }));
  const browser = await world.resume(await factories.user({ roles: ["admin"] }));
  const answer = await browser.fetch("/api/trpc/policies.preview", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "Long", targets: [{ type: "all", isExcluded: false }], destinations }),
  });
  expect(await answer.json()).toMatchObject({ result: { data: { devices: 1, gains: 1000 } } });
});

describe("what is compiled for gateways", () => {
  it("follows owner, groups, trusted tags and pools as they are in the database", async () => {
    const sql = world.database.sql;
    const [group] = await sql`insert into groups (name) values ('Builders') returning id`;
    await sql`insert into group_memberships (group_id, user_id) values (${group?.id}, ${owner.id})`;
    await sql`insert into gateways (name, vpn_cidr) values ('gw', '10.99.0.0/16')`;
    const policy = await savedPolicy({
      targets: [{ type: "group", id: group?.id, isExcluded: false }],
      destinations: [{ network: "10.5.0.0/16", protocol: "udp", ports: { from: 53, to: 53 } }],
    });
    const compiled = () =>
      read({ scope: "admin", userId: null, isSnapshot: true }, (reader) =>
        compileDevices(reader, new Date(), { ids: [device.id] }),
      );
    const { devices, privateNetworks } = await compiled();
    expect(privateNetworks).toContain("10.99.0.0/16");
    const found = devices.get(device.id);
    expect(found?.profile.rules).toEqual([
      {
        ...{ destination: "10.5.0.0/16", verdict: "allow", protocol: "udp", ports: { from: 53, to: 53 } },
        policyId: policy.id,
      },
    ]);
    const allowed = await read({ scope: "admin", userId: null }, (reader) => allowedOf(reader, device.id, new Date()));
    expect(allowed).toEqual({ networks: ["10.5.0.0/16"], isFullTunnel: false });
    await sql`update groups set deleted_at = now() where id = ${group?.id}`;
    expect((await compiled()).devices.get(device.id)?.profile.rules).toEqual([]);
  });

  it("is nothing for a device whose owner is suspended", async () => {
    await savedPolicy({ destinations: [{ network: "10.6.0.0/16" }] });
    await world.database.sql`update users set status = 'suspended' where id = ${owner.id}`;
    const { devices } = await read({ scope: "admin", userId: null }, (reader) => compileDevices(reader, new Date()));
    expect(devices.get(device.id)).toMatchObject({ refusal: "user_state", profile: { rules: [] } });
    await world.database.sql`update users set status = 'active' where id = ${owner.id}`;
  });
});

it("targets are found among what the person may list anyway", async () => {
  const input = FindTargets.parse({ type: "user", q: owner.username.slice(2) });
  expect(await find.execute(system, input)).toEqual([{ id: owner.id, name: owner.username }]);
  await expect(find.execute(await world.as("policy.read"), input)).rejects.toMatchObject({ code: "forbidden" });
  expect(
    await find.execute(await world.as("policy.read", "tag.read"), FindTargets.parse({ type: "tag" })),
  ).toMatchObject([{ id: tagId }]);
});
