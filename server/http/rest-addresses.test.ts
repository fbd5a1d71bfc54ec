import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as factories from "@/server/testing/factories";
import { freshNetwork, plantDevices, plantPool } from "@/server/testing/networks";
import { rest } from "@/server/testing/rest";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let key: string;
let poolId: string;
let network: string;
beforeAll(async () => {
  world = await createWorld();
  const admin = await factories.user({ roles: ["admin"] });
  key = (await world.apiKey(admin, { scopes: ["address.read", "address.update"] })).secret;
});
afterAll(() => world.end());
beforeEach(async () => {
  const cidr = freshNetwork(24);
  network = cidr.replace(".0/24", "");
  ({ poolId } = await plantPool(world.database.sql, cidr));
});

const device = async () => (await plantDevices(world.database.sql, 1))[0];
const assign = (deviceId: string | undefined, address: string) =>
  rest(key, `POST /api/v1/address-pools/${poolId}/addresses`, { deviceId, address });

it("a program lists pools, reserves a range, hands it back and resizes", async () => {
  const pool = `/api/v1/address-pools/${poolId}`;
  const range = `${network}.16/28`;
  expect(await rest(key, `GET /api/v1/address-pools?q=${network}`)).toMatchObject({
    status: 200,
    body: { total: 1, rows: [{ id: poolId, reserved: [] }] },
  });
  expect(await rest(key, `POST ${pool}/reserve`, { range })).toMatchObject({
    status: 200,
    body: { reserved: [range] },
  });
  expect(await rest(key, `POST ${pool}/unreserve`, { range })).toMatchObject({ status: 200, body: { reserved: [] } });
  const resized = await rest(key, `POST ${pool}/resize`, { prefix: 25 });
  expect(resized).toMatchObject({ status: 200, body: { cidr: `${network}.0/25` } });
  expect(await rest(key, `GET ${pool}`)).toMatchObject({ status: 200, body: resized.body });
});

describe("the addresses", () => {
  it("are assigned and given back by a program, and an address that is taken is refused", async () => {
    const address = `${network}.9`;
    const deviceId = await device();
    const assigned = await assign(deviceId, address);
    expect(assigned).toMatchObject({ status: 201, body: { address, deviceId, status: "static" } });
    expect(await assign(await device(), address)).toMatchObject({ status: 409, code: "conflict" });
    const released = await rest(key, `POST /api/v1/addresses/${assigned.body.id}/release`);
    expect(released).toMatchObject({ status: 200, body: { status: "released" } });
  });

  it("tell who had one at a moment, who had any, and everybody who ever had it", async () => {
    const address = `${network}.9`;
    const [first, second] = [await device(), await device()];
    const { body } = await assign(first, address);
    await rest(key, `POST /api/v1/addresses/${body.id}/release`);
    await world.database.sql`
      update ip_allocations set allocated_at = '2026-03-01T10:00Z', released_at = '2026-03-01T12:00Z' where id = ${String(body.id)}`;
    await assign(second, address);

    const holders = async (query: string) => {
      const { status, body } = await rest(key, `GET /api/v1/addresses?pool=${poolId}&${query}`);
      return status === 200 ? (body.rows as { deviceId: string }[]).map(({ deviceId }) => deviceId) : status;
    };
    expect(await holders(`address=${address}&at=2026-03-01T11:00:00Z`)).toEqual([first]);
    expect(await holders(`address=${address}&at=2026-03-01T12:00:00Z`)).toEqual([]);
    expect(await holders("at=2026-03-01T10:00:00Z")).toEqual([first]);
    expect(await holders(`address=${address}&state=live`)).toEqual([second]);
    expect(await holders(`address=${address}`)).toEqual([second, first]);
    expect(await holders("address=nonsense")).toBe(422);
  });
});
