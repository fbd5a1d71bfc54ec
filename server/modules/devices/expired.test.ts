import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { toAppError } from "@/server/core/errors";
import { CheckInResult, DesiredState } from "@/server/modules/agents/schema";
import { GatewayState } from "@/server/modules/gateways/state.schema";
import * as access from "@/server/modules/policies/access.service";
import * as own from "@/server/modules/tunnels/own.service";
import { DeviceTunnel } from "@/server/modules/tunnels/schema";
import * as tunnels from "@/server/modules/tunnels/service";
import { ask, refusal } from "@/server/testing/agent-answer";
import * as factories from "@/server/testing/factories";
import { gateway, policy, type TestGateway, tunnel, wireguardKey } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";
import { setExpiry } from "./expiry.service";
import * as limit from "./limit.service";

const DAY_MS = 86_400_000;
const { system } = factories;

let world: World;
let gw: TestGateway;
let owner: factories.TestUser;
let made: Awaited<ReturnType<typeof tunnel>>;
beforeAll(async () => {
  world = await createWorld();
  gw = await gateway(world.database, ["10.220.0.0/16"]);
  await policy(world.database, { destination: "10.220.0.0/16" });
});
afterAll(() => world.end());
beforeEach(async () => {
  owner = await factories.user();
  made = await tunnel(gw, owner);
});

const leave = (days: number | null) => {
  const expiresAt = days === null ? null : new Date(Date.now() + days * DAY_MS).toISOString();
  return setExpiry.execute(system, { id: made.device.id, expiresAt });
};
/** Its time passes. */
const expire = () => world.database.sql`update devices set expires_at = now() where id = ${made.device.id}`;
const send = (method: "GET" | "PUT", path: string, body?: unknown) =>
  ask(made.device.client.request(method, path, body === undefined ? {} : { body }));
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error) => toAppError(error).code,
  );

async function peer() {
  const { peers } = (await gw.get("/state")).read(GatewayState);
  return peers.find(({ publicKey }) => publicKey === made.publicKey);
}

describe("a device whose time is over", () => {
  it("is missing from its gateway's next state, and back in the one after its end was put off", async () => {
    const { expiresAt } = await leave(2);
    expect((await peer())?.notAfter).toBe(Math.floor((expiresAt?.getTime() ?? 0) / 1000));
    await expire();
    expect(await peer()).toBeUndefined();
    await leave(2);
    expect(await peer()).toBeDefined();
    await leave(null);
    expect((await peer())?.notAfter).toBeNull();
  });

  it("checks in, reports and follows its desired state, in which there is nothing of the network", async () => {
    await expire();
    expect(CheckInResult.parse(await (await made.device.client.checkIn()).json()).status).toBe("active");
    expect((await send("GET", "/self")).status).toBe(200);
    expect((await send("PUT", "/facts/users", { root: 0 })).status).toBe(200);
    const state = (await send("GET", "/desired-state")).read(DesiredState);
    expect(state).toMatchObject({ items: [], wireguard: null });
  });

  it("is told no tunnel and no preshared key, neither its own nor a new one", async () => {
    const asked = [() => send("GET", "/tunnel"), () => send("PUT", "/tunnel", { publicKey: wireguardKey() })];
    await leave(2);
    const told = (await asked[0]?.())?.read(DeviceTunnel);
    expect(Date.parse(told?.notAfter ?? "") - Date.now()).toBeLessThan(2.1 * DAY_MS);
    await expire();
    for (const request of asked) {
      const answer = await request();
      expect(answer).toMatchObject(refusal(403, "device-expired"));
      expect(answer.text).not.toContain(told?.presharedKey);
    }
    await leave(null);
    expect((await send("GET", "/tunnel")).read(DeviceTunnel)).toMatchObject({ ...told, notAfter: null });
  });

  it("is given no other tunnel by people, and no new profile by its owner", async () => {
    await expire();
    const other = await gateway(world.database);
    const input = { deviceId: made.device.id, gatewayId: other.id, lifetimeDays: null };
    expect(await codeOf(tunnels.create.execute(system, input))).toBe("conflict");
    const me = await world.asUser(owner);
    expect(await codeOf(own.renewKey.execute(me, { id: made.id, publicKey: wireguardKey() }))).toBe("conflict");
    await leave(null);
    expect(await codeOf(own.renewKey.execute(me, { id: made.id, publicKey: wireguardKey() }))).toBe("done");
  });

  it("is shown to its owner with that end, its profile being no less right for it", async () => {
    await expire();
    const { tunnels: mine } = await own.mine.execute(await world.asUser(owner), undefined);
    expect(mine).toMatchObject([{ deviceExpiresAt: expect.any(Date), isOutdated: false }]);
  });

  it("keeps its place among the devices its owner may have", async () => {
    const before = await limit.allowance.execute(system, { userId: owner.id });
    await expire();
    expect(await limit.allowance.execute(system, { userId: owner.id })).toEqual(before);
    expect(before.used).toBe(1);
  });

  it("reaches nothing, and whoever asks why is told that it has expired", async () => {
    const explain = () =>
      access.explain.execute(system, access.explain.input.parse({ device: made.device.id, dst: "10.220.0.9" }));
    expect((await explain()).devices).toMatchObject([{ verdict: "allow" }]);
    await expire();
    expect((await explain()).devices).toMatchObject([{ verdict: "deny", reason: "expired" }]);
  });
});

it("an owner puts a tunnel's end off to the device's own end, which others set, and not beyond", async () => {
  const { sql } = world.database;
  await sql`update system_settings set value = '30' where category = 'device' and key = 'lifetime_days'`;
  await sql`update wireguard_peers set not_after = now() + interval '1 day' where id = ${made.id}`;
  const me = await world.asUser(owner);
  await sql`update sessions set elevated_until = now() + interval '10 minutes' where user_id = ${owner.id}`;
  const { expiresAt } = await leave(10);
  expect((await own.extendOwn.execute(me, { id: made.id })).notAfter).toEqual(expiresAt);
  expect(await codeOf(own.extendOwn.execute(me, { id: made.id }))).toBe("conflict");
});
