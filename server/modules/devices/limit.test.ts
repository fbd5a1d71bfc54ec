import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import { TunnelId } from "@/server/core/ids";
import * as members from "@/server/modules/groups/members.service";
import * as own from "@/server/modules/tunnels/own.service";
import * as factories from "@/server/testing/factories";
import { gateway, type TestGateway, wireguardKey } from "@/server/testing/network";
import { rest } from "@/server/testing/rest";
import { createWorld, type World } from "@/server/testing/world";
import * as lifecycle from "./lifecycle.service";
import * as limit from "./limit.service";
import * as devices from "./service";

const { system } = factories;

let world: World;
let gw: TestGateway;
let user: factories.TestUser;
beforeAll(async () => {
  world = await createWorld();
  gw = await gateway(world.database);
});
afterAll(() => world.end());
beforeEach(async () => {
  user = await factories.user();
});

const setLimit = (value: number | null) => limit.setLimit.execute(system, { userId: user.id, limit: value });
const allowance = () => limit.allowance.execute(system, { userId: user.id });
const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error) => toAppError(error).code,
  );

async function join(deviceLimit: number | null) {
  const group = await factories.group({ deviceLimit });
  await members.add.execute(system, { id: group.id, userIds: [user.id] });
  return group;
}

async function adder() {
  const me = await world.asUser(user);
  return () =>
    own.addDevice.execute(me, { name: "Phone", platform: "ios", gatewayId: gw.id, publicKey: wireguardKey() });
}

describe("how many devices a user may have", () => {
  it("is what the user was given, else what the most generous group gives, else the setting", async () => {
    expect(await allowance()).toEqual({ used: 0, limit: 10, source: "setting", groupName: null });
    await join(null);
    await join(4);
    const best = await join(20);
    expect(await allowance()).toEqual({ used: 0, limit: 20, source: "group", groupName: best.name });
    await setLimit(2);
    expect(await allowance()).toEqual({ used: 0, limit: 2, source: "user", groupName: null });
    await setLimit(null);
    await members.remove.execute(system, { id: best.id, userId: user.id });
    expect(await allowance()).toMatchObject({ limit: 4, source: "group" });
  });

  it("can be none, and a group may give fewer than the setting", async () => {
    await join(0);
    const add = await adder();
    expect(await outcomeOf(add())).toBe("device-limit");
    await setLimit(1);
    expect(await outcomeOf(add())).toBe("done");
  });

  it("is on record with what it was, and takes nothing from who has more", async () => {
    const add = await adder();
    await add();
    await add();
    await setLimit(1);
    expect(await allowance()).toMatchObject({ used: 2, limit: 1 });
    const [entry] = await world.database.sql`
      select changes from audit_logs where entity_id = ${user.id} and event_type = 'user.updated' order by sequence desc`;
    expect(entry?.changes).toEqual({ before: { deviceLimit: null }, after: { deviceLimit: 1 } });
  });

  it("is read and set by programs", async () => {
    const admin = await factories.user({ roles: ["admin"] });
    const { secret } = await world.apiKey(admin, { scopes: ["user.read", "user.update"] });
    const path = `/api/v1/users/${user.id}/device-limit`;
    expect(await rest(secret, `PUT ${path}`, { limit: 7 })).toMatchObject({ status: 200, body: { limit: 7 } });
    expect(await rest(secret, `GET ${path}`)).toMatchObject({ status: 200, body: { limit: 7, source: "user" } });
    expect((await rest(secret, `PUT ${path}`, { limit: 1001 })).status).toBe(422);
    expect(await rest(secret, `PUT ${path}`, {})).toMatchObject({ status: 200, body: { limit: 10 } });
  });
});

describe("the limit holds", () => {
  it("of fifty devices that somebody adds at once", async () => {
    await setLimit(3);
    const add = await adder();
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf(add())));
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(3);
    expect(new Set(outcomes)).toEqual(new Set(["done", "device-limit"]));
    expect(await allowance()).toMatchObject({ used: 3 });
  });

  it("of machines that enrol at once for one owner, whose token loses no use by it", async () => {
    await setLimit(3);
    const { id, secret } = await factories.enrolmentToken({ ownerUserId: user.id, usageLimit: 50 });
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => world.deviceClient().enrol({ token: secret, hostname: "laptop" })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...[201, 201, 201], ...Array(9).fill(409)]);
    const refused = answers.find(({ status }) => status === 409);
    expect(await refused?.json()).toMatchObject({ type: "/problems/device-limit" });
    const [token] = await world.database.sql`select usage_current from enrolment_tokens where id = ${id}`;
    expect(token?.usageCurrent).toBe(3);
  });

  it("of devices that others give to somebody, and not of what has ended", async () => {
    await setLimit(1);
    const [first, second] = [await factories.device({ owner: user }), await factories.device()];
    const give = () => devices.setOwner.execute(system, { id: second.id, ownerId: user.id });
    expect(await outcomeOf(give())).toBe("device-limit");
    await lifecycle.revoke.execute(system, { id: first.id });
    expect(await outcomeOf(give())).toBe("done");
    expect(await outcomeOf(give())).toBe("done");
    expect(await allowance()).toMatchObject({ used: 1 });
  });

  it("of nothing that its owner has taken off the network again", async () => {
    await setLimit(1);
    const add = await adder();
    const { tunnel } = await add();
    expect(await outcomeOf(add())).toBe("device-limit");
    await own.endOwn.execute(await world.asUser(user), { id: TunnelId.parse(tunnel.id) });
    expect(await outcomeOf(add())).toBe("done");
  });

  it("of no machine that takes its predecessor's place", async () => {
    await setLimit(1);
    const hardwareUuid = crypto.randomUUID();
    const old = await factories.device({ owner: user, hardwareUuid });
    await world.database
      .sql`update devices set last_seen_at = now() - interval '2 days', created_at = now() - interval '3 days' where id = ${old.id}`;
    const { secret } = await factories.enrolmentToken({
      ownerUserId: user.id,
      onHardwareMatch: "supersede_if_offline_24h",
    });
    const answer = await world.deviceClient().enrol({ token: secret, hostname: "laptop", hardwareUuid });
    expect(answer.status).toBe(201);
    expect(await allowance()).toMatchObject({ used: 1 });
  });
});
