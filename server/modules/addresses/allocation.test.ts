import type { Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { APP_ROLE, createClient } from "@/db/client";
import { plantDevices, plantPool } from "@/server/testing/networks";
import { createWorld, type World } from "@/server/testing/world";

const CONNECTIONS = 12;

let world: World;
/** As the server, over several connections. */
let many: Sql;
beforeAll(async () => {
  world = await createWorld();
  many = createClient(world.database.url, { role: APP_ROLE, max: CONNECTIONS });
});
afterAll(async () => {
  await many.end({ timeout: 5 });
  await world.end();
});

const undone = new Error("undone");

/** One allocation in a transaction of its own, which may be taken back. */
async function allocate(poolId: string, deviceId: string, isUndone = false): Promise<string | null> {
  let address: string | null = null;
  await many
    .begin(async (tx) => {
      await tx`select enter_scope('system')`;
      const [row] = await tx<{ address: string | null }[]>`
        select host(address) as address from allocate_address(${poolId}, ${deviceId})`;
      address = row?.address ?? null;
      if (isUndone) throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
    });
  return address;
}

const release = (poolId: string, deviceIds: readonly string[], quarantine = "24 hours") =>
  many.begin(async (tx) => {
    await tx`select enter_scope('system')`;
    await tx`
      select release_allocations(array(select id from ip_allocations where pool_id = ${poolId}
        and device_id = any(${[...deviceIds]}::uuid[]) and released_at is null), ${quarantine}::interval)`;
  });

const poolOf = async (poolId: string) => {
  const [pool] = await world.database.sql`
    select used, capacity, next_off, alert_level from ip_pools where id = ${poolId}`;
  return pool;
};

const liveOf = (poolId: string) => world.database.sql<{ address: string; deviceId: string }[]>`
    select host(address) as address, device_id from ip_allocations where pool_id = ${poolId} and released_at is null order by ip_allocations.address`;

const inOrder = (start: number, count: number, network: string) =>
  Array.from({ length: count }, (_, at) => `${network}.${(start + at) >> 8}.${(start + at) & 255}`);

describe("1,000 allocations over twelve connections", () => {
  it("give no address twice, leave no gap where one was rolled back, and end exactly with the last address", async () => {
    const { poolId } = await plantPool(world.database.sql, "10.20.0.0/22");
    const devices = await plantDevices(world.database.sql, 1025);
    const [first, rest] = [devices.slice(0, 1000), devices.slice(1000)];
    const outcomes = await Promise.all(
      first.map(async (id, at) => {
        if (at % 7 === 0) await allocate(poolId, id, true);
        return allocate(poolId, id);
      }),
    );
    expect(new Set(outcomes).size).toBe(1000);
    expect((await liveOf(poolId)).map(({ address }) => address)).toEqual(inOrder(2, 1000, "10.20"));
    const last = await Promise.all(rest.map((id) => allocate(poolId, id)));
    expect(last.filter(Boolean)).toHaveLength(21);
    expect(last.filter((address) => address === null)).toHaveLength(4);
    expect((await liveOf(poolId)).map(({ address }) => address)).toEqual(inOrder(2, 1021, "10.20"));
    expect(await poolOf(poolId)).toEqual({ used: 1021, capacity: 1021, nextOff: 1023, alertLevel: 95 });
  }, 120_000);

  it("and releases among them leave the pool's count right and nobody with another's address", async () => {
    const { poolId } = await plantPool(world.database.sql, "10.21.0.0/24");
    const devices = await plantDevices(world.database.sql, 200);
    await Promise.all(
      devices.map(async (id, at) => {
        await allocate(poolId, id);
        if (at % 2 === 0) await release(poolId, [id], "0 seconds");
        if (at % 4 === 0) await allocate(poolId, id);
      }),
    );
    const live = await liveOf(poolId);
    expect(live).toHaveLength(150);
    expect(new Set(live.map(({ address }) => address)).size).toBe(150);
    expect(await poolOf(poolId)).toMatchObject({ used: 150 });
  }, 60_000);
});

describe("a device", () => {
  it("that asks twice at once gets one address", async () => {
    const { poolId } = await plantPool(world.database.sql, "10.22.0.0/24");
    const [id = ""] = await plantDevices(world.database.sql, 1);
    const addresses = await Promise.all(Array.from({ length: 8 }, () => allocate(poolId, id)));
    expect(new Set(addresses)).toEqual(new Set(["10.22.0.2"]));
    expect(await poolOf(poolId)).toMatchObject({ used: 1, nextOff: 3 });
  });

  it("gets no address that rests after its release, and gets it once it has rested, longest given back first", async () => {
    const { poolId } = await plantPool(world.database.sql, "10.23.0.0/29");
    const devices = await plantDevices(world.database.sql, 12);
    for (const id of devices.slice(0, 5)) await allocate(poolId, id);
    await release(poolId, [devices[3] ?? ""]);
    await release(poolId, [devices[1] ?? ""]);
    expect(await allocate(poolId, devices[5] ?? "")).toBeNull();
    await world.database.sql`update ip_free set usable_at = usable_at - interval '25 hours' where pool_id = ${poolId}`;
    expect(await allocate(poolId, devices[5] ?? "")).toBe("10.23.0.5");
    expect(await allocate(poolId, devices[6] ?? "")).toBe("10.23.0.3");
    expect(await allocate(poolId, devices[7] ?? "")).toBeNull();
  });

  it("gets IPv6 addresses from a /64 by the same rules", async () => {
    const { poolId } = await plantPool(world.database.sql, "fd12:3456:789a::/64");
    const devices = await plantDevices(world.database.sql, 60);
    const got = await Promise.all(devices.map((id) => allocate(poolId, id)));
    expect(new Set(got).size).toBe(60);
    expect(got).toContain("fd12:3456:789a::2");
    expect(got).toContain("fd12:3456:789a::3d");
    expect(await poolOf(poolId)).toMatchObject({ used: 60, alertLevel: 0 });
  });
});

it("an address assigned by hand while others are allocated goes to one device, whoever comes first", async () => {
  const { poolId } = await plantPool(world.database.sql, "10.24.0.0/24");
  const devices = await plantDevices(world.database.sql, 60);
  const byHand = devices.slice(0, 20);
  const assign = (id: string, at: number) =>
    many.begin(async (tx) => {
      await tx`select enter_scope('system')`;
      const [row] = await tx<{ outcome: string }[]>`
        select outcome from assign_address(${poolId}, ${id}, ${`10.24.0.${2 + at}`}::inet)`;
      return row?.outcome;
    });
  const [outcomes] = await Promise.all([
    Promise.all(byHand.map(assign)),
    Promise.all(devices.slice(20).map((id) => allocate(poolId, id))),
  ]);
  const live = await liveOf(poolId);
  expect(new Set(live.map(({ address }) => address)).size).toBe(live.length);
  expect(live).toHaveLength(40 + outcomes.filter((outcome) => outcome === "assigned").length);
  expect(outcomes.every((outcome) => outcome === "assigned" || outcome === "taken")).toBe(true);
  expect(await poolOf(poolId)).toMatchObject({ used: live.length });
});
