import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeviceId } from "@/server/core/ids";
import * as pools from "@/server/modules/addresses/pools.service";
import { ListPools } from "@/server/modules/addresses/schema";
import * as lifecycle from "@/server/modules/devices/lifecycle.service";
import * as devices from "@/server/modules/devices/service";
import * as factories from "@/server/testing/factories";
import { freshNetwork, plantDevices } from "@/server/testing/networks";
import { createWorld, type World } from "@/server/testing/world";
import { CreateGateway, InviteGateway, ListGateways, UpdateGateway } from "./schema";
import * as gateways from "./service";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const input = (values: Partial<CreateGateway>) =>
  CreateGateway.parse({ name: factories.unique("gateway"), vpnCidr: freshNetwork(16), ...values });

const changed = (gateway: Awaited<ReturnType<typeof factories.gateway>>, values: Partial<UpdateGateway>) =>
  UpdateGateway.parse({ ...gateway, ...values });

const eventsOf = async (subject: string) =>
  (await world.database.sql`select event_type from audit_logs where entity_id = ${subject} order by sequence`).map(
    ({ eventType }) => eventType,
  );

describe("a new gateway", () => {
  it("has a pool for each family from the moment it exists, and waits for its machine", async () => {
    const caller = await world.as("gateway.create", "gateway.read", "address.read");
    const gateway = await gateways.create.execute(
      caller,
      input({
        vpnCidr: "10.60.0.0/16",
        vpnCidrV6: "fd60::/64",
        endpoint: "vpn.example.com:51820",
        dnsServers: ["10.60.0.1"],
        networks: [{ network: "10.1.0.0/16", description: "Office" }],
      }),
    );
    expect(gateway).toMatchObject({ state: "never", tunnels: 0, used: 0, capacity: 65_533, device: null });
    expect(gateway.networks).toEqual([{ network: "10.1.0.0/16", description: "Office" }]);
    const page = await pools.list.execute(caller, ListPools.parse({ gateway: gateway.id }));
    expect(page.rows.map(({ cidr }) => cidr)).toEqual(["10.60.0.0/16", "fd60::/64"]);
    expect(await eventsOf(gateway.id)).toEqual(["gateway.created"]);
    const listed = await gateways.list.execute(caller, ListGateways.parse({ q: gateway.name, state: "never" }));
    expect(listed).toMatchObject({ total: 1, rows: [{ id: gateway.id }] });
  });

  it("is refused where its networks overlap, with what they overlap and what to do", async () => {
    const first = await factories.gateway({
      vpnCidr: "10.61.0.0/16",
      vpnCidrV6: "fd61::/64",
      networks: [{ network: "192.168.61.0/24", description: "" }],
    });
    const overlapping: [Partial<CreateGateway>, string, string][] = [
      [
        { vpnCidr: "10.61.8.0/24" },
        "vpnCidr",
        `10.61.8.0/24 overlaps 10.61.0.0/16, the tunnels of the gateway ${first.name}`,
      ],
      [{ vpnCidrV6: "fd61::/64" }, "vpnCidrV6", "overlaps fd61::/64, the tunnels of"],
      [{ vpnCidr: "192.168.0.0/16" }, "vpnCidr", "overlaps 192.168.61.0/24, a network behind the gateway"],
      [{ networks: [{ network: "192.168.0.0/16", description: "" }] }, "networks", "a network behind the gateway"],
      [{ networks: [{ network: "10.61.0.0/17", description: "" }] }, "networks", "the tunnels of the gateway"],
      [
        { vpnCidr: "10.62.0.0/16", networks: [{ network: "10.62.1.0/24", description: "" }] },
        "networks",
        "10.62.1.0/24 overlaps 10.62.0.0/16, the gateway's own tunnels",
      ],
      [
        { networks: ["10.63.0.0/16", "10.63.4.0/24"].map((network) => ({ network, description: "" })) },
        "networks",
        "10.63.4.0/24 overlaps 10.63.0.0/16. Leave one of them out.",
      ],
    ];
    const caller = await world.as("gateway.create");
    for (const [values, field, words] of overlapping) {
      await expect(gateways.create.execute(caller, input(values)), words).rejects.toMatchObject({
        code: "network-overlap",
        fields: { [field]: expect.stringContaining(words) },
      });
    }
    await expect(gateways.create.execute(caller, input({ name: first.name }))).rejects.toMatchObject({
      code: "name-taken",
    });
  });

  it("of two that want the same network at once is one", async () => {
    const wanted = ["10.64.0.0/16", "10.64.128.0/17", "10.64.0.0/20", "10.64.200.0/24"];
    const outcomes = await Promise.allSettled(wanted.map((vpnCidr) => factories.gateway({ vpnCidr })));
    expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    const [row] = await world.database.sql`
      select count(*)::int as pairs from ip_pools a join ip_pools b on a.id < b.id and a.cidr && b.cidr`;
    expect(row).toEqual({ pairs: 0 });
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "network-overlap" });
    }
  });

  it.each([
    [{ vpnCidr: "10.77.0.5/16" }, "vpnCidr", "Write 10.77.0.0/16."],
    [{ vpnCidr: "fd00::/64" }, "vpnCidr", "IPv4 network between /8 and /30"],
    [{ vpnCidrV6: "2001:db8::/64" }, "vpnCidrV6", "private IPv6 network of length /64"],
    [{ networks: [{ network: "nowhere", description: "" }] }, "networks.0.network", "“nowhere” is not a network"],
    [{ endpoint: "vpn.example.com" }, "endpoint", "a name or address and a port"],
    [{ endpoint: "vpn.example.com:70000" }, "endpoint", "a name or address and a port"],
  ])("with %j is told what to write instead", (values, path, words) => {
    const { error } = CreateGateway.safeParse({ name: "g", vpnCidr: "10.77.0.0/16", ...values });
    expect(error?.issues.map((issue) => [issue.path.join("."), issue.message])).toContainEqual([
      path,
      expect.stringContaining(words),
    ]);
  });
});

describe("a gateway that is changed", () => {
  it("keeps its tunnels' network, takes other networks and an IPv6 network, and tells its machine once", async () => {
    const gateway = await factories.gateway({ networks: [{ network: "10.2.0.0/16", description: "Old" }] });
    const caller = await world.as("gateway.update");
    const after = await gateways.update.execute(
      caller,
      changed(gateway, {
        mtu: 1380,
        vpnCidrV6: "fd70::/64",
        networks: [
          { network: "10.3.0.0/16", description: "New" },
          { network: "10.2.0.0/24", description: "" },
        ],
      }),
    );
    expect(after).toMatchObject({ mtu: 1380, vpnCidrV6: "fd70::/64", desiredRevision: gateway.desiredRevision + 1 });
    expect(after.networks.map(({ network }) => network)).toEqual(["10.2.0.0/24", "10.3.0.0/16"]);
    expect(after.pools).toHaveLength(2);
    await expect(gateways.update.execute(caller, changed(gateway, { vpnCidrV6: "fd71::/64" }))).rejects.toMatchObject({
      code: "conflict",
      fields: { vpnCidrV6: expect.any(String) },
    });
    const [own] = [gateway.vpnCidr];
    await expect(
      gateways.update.execute(caller, changed(gateway, { networks: [{ network: own, description: "" }] })),
    ).rejects.toMatchObject({ code: "network-overlap" });
  });
});

describe("the machine of a gateway", () => {
  async function invited(gateway: Awaited<ReturnType<typeof factories.gateway>>) {
    return gateways.invite.execute(world.system, InviteGateway.parse({ id: gateway.id }));
  }

  it("enrols with the token of its gateway, is an active device and shows as what it is", async () => {
    const gateway = await factories.gateway();
    const { secret, joinCommand, serverKeyId } = await invited(gateway);
    expect(joinCommand).toContain(`echo ${secret} | sudo keyward-agent gateway enrol `);
    expect(joinCommand).toContain(`--server-key=${serverKeyId} --token-file -`);
    const answer = await world.deviceClient().enrol({ token: secret, hostname: "gw-1" });
    expect(answer.status).toBe(201);
    const { deviceId } = (await answer.json()) as { deviceId: string };
    const device = await devices.get.execute(await world.as("device.read"), { id: DeviceId.parse(deviceId) });
    expect(device).toMatchObject({ status: "active", gatewayId: gateway.id, gatewayName: gateway.name });
    const now = await gateways.get.execute(await world.as("gateway.read"), { id: gateway.id });
    expect(now).toMatchObject({ state: "offline", device: { id: deviceId, name: "gw-1" }, token: null });
    expect(await eventsOf(gateway.id)).toContain("gateway.enrolled");
  });

  it("is one: a second is refused until the first was revoked, and of many at once one is let in", async () => {
    const gateway = await factories.gateway();
    const tokens = await Promise.all([invited(gateway), invited(gateway), invited(gateway)]);
    const answers = await Promise.all(
      tokens.map(({ secret }, at) => world.deviceClient().enrol({ token: secret, hostname: `gw-${at}` })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    const refused = answers.find(({ status }) => status === 409);
    expect(await refused?.json()).toMatchObject({ type: "/problems/gateway-taken" });
    const { device } = await gateways.get.execute(world.system, { id: gateway.id });
    await expect(invited(gateway)).rejects.toMatchObject({
      code: "gateway-taken",
      message: expect.stringContaining("is this gateway already. Retire or revoke that device first."),
    });
    if (!device) throw new Error("no device");
    await lifecycle.revoke.execute(world.system, { id: device.id });
    const { secret } = await invited(gateway);
    expect((await world.deviceClient().enrol({ token: secret, hostname: "gw-new" })).status).toBe(201);
    expect(await gateways.get.execute(world.system, { id: gateway.id })).toMatchObject({ device: { name: "gw-new" } });
  });

  it("does not come in with a token that was taken back, or whose gateway was removed", async () => {
    const [kept, removed] = [await factories.gateway(), await factories.gateway()];
    const [first, second] = [await invited(kept), await invited(removed)];
    await gateways.withdraw.execute(world.system, { id: kept.id });
    await expect(gateways.withdraw.execute(world.system, { id: kept.id })).rejects.toMatchObject({ code: "conflict" });
    await gateways.remove.execute(world.system, { id: removed.id, confirmation: removed.name });
    for (const { secret } of [first, second]) {
      expect((await world.deviceClient().enrol({ token: secret, hostname: "gw" })).status).toBe(403);
    }
  });
});

describe("a gateway that is removed", () => {
  it("needs its name, ends its tunnels and addresses, and leaves its network and its name to others", async () => {
    const gateway = await factories.gateway({ vpnCidr: "10.90.0.0/24" });
    const { sql } = world.database;
    const ids = await plantDevices(sql, 3);
    await sql`
      insert into wireguard_peers (device_id, gateway_id, public_key, assigned_ip)
      select d.id, ${gateway.id}, encode(sha256(d.id::text::bytea), 'base64'), a.address
        from devices d, (select id from ip_pools where gateway_id = ${gateway.id}) p, allocate_address(p.id, d.id) a
       where d.id = any(${ids}::uuid[])`;
    const caller = { ...world.system };
    const remove = (confirmation: string) => gateways.remove.execute(caller, { id: gateway.id, confirmation });
    await expect(remove("something else")).rejects.toMatchObject({ code: "invalid" });
    expect(await gateways.get.execute(caller, { id: gateway.id })).toMatchObject({ tunnels: 3, used: 3 });
    expect(await remove(gateway.name)).toEqual({ name: gateway.name, tunnels: 3, addresses: 3 });
    await expect(gateways.get.execute(caller, { id: gateway.id })).rejects.toMatchObject({ code: "not-found" });
    const [left] = await sql`
      select (select count(*)::int from wireguard_peers where gateway_id = ${gateway.id} and state = 'active') as peers,
             (select count(*)::int from ip_allocations where gateway_id = ${gateway.id} and released_at is null) as live,
             (select count(*)::int from ip_allocations where gateway_id = ${gateway.id}) as history`;
    expect(left).toEqual({ peers: 0, live: 0, history: 3 });
    expect(await eventsOf(gateway.id)).toContain("gateway.removed");
    await expect(factories.gateway({ name: gateway.name, vpnCidr: "10.90.0.0/24" })).resolves.toMatchObject({
      used: 0,
    });
  });
});
