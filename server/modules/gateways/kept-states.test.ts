import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { system } from "@/server/testing/factories";
import { gateway, type TestGateway } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";
import { stateAt } from "./kept-states.service";

const MINUTE = 60_000;
let world: World;
let asking: TestGateway;
let other: TestGateway;
beforeAll(async () => {
  world = await createWorld();
  asking = await gateway(world.database, ["10.201.0.0/24"]);
  other = await gateway(world.database, ["10.202.0.0/24"]);
});
afterAll(() => world.end());
afterEach(() => vi.useRealTimers());

/** As a gateway asks: for the revision that its state is due for. */
async function stateOf({ id }: TestGateway) {
  const [row] = await world.database.sql<{ revision: number }[]>`
    select desired_revision::float8 as revision from gateways where id = ${id}`;
  return stateAt(system, { id, revision: row?.revision ?? 0 });
}

async function changeMtu({ id }: TestGateway, mtu: number): Promise<void> {
  await world.database.sql`update gateways set mtu = ${mtu} where id = ${id}`;
}

it("is made once, and anew when something changes", async () => {
  const first = await stateOf(asking);
  expect(await stateOf(asking)).toBe(first);
  await changeMtu(asking, 1300);
  expect((await stateOf(asking)).state.gateway.mtu).toBe(1300);
});

it("takes the networks that every gateway is told only once", async () => {
  const [one, another] = [await stateOf(asking), await stateOf(other)];
  expect(one.state.privateNetworks).toEqual(expect.arrayContaining(["10.0.0.0/8"]));
  expect(another.state.privateNetworks).toBe(one.state.privateNetworks);
});

it("is forgotten an hour after its gateway asked last, and not before", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const kept = await stateOf(asking);
  const madeAnother = async (mtu: number) => {
    await changeMtu(other, mtu);
    await stateOf(other);
  };
  vi.setSystemTime(Date.now() + 59 * MINUTE);
  await madeAnother(1301);
  expect(await stateOf(asking)).toBe(kept);
  vi.setSystemTime(Date.now() + 59 * MINUTE);
  await madeAnother(1302);
  expect(await stateOf(asking)).toBe(kept);
  vi.setSystemTime(Date.now() + 61 * MINUTE);
  await madeAnother(1303);
  const anew = await stateOf(asking);
  expect(anew).not.toBe(kept);
  expect(anew.etag).toBe(kept.etag);
});
