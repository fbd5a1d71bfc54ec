import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { rotateTunnelKey } from "@/agent/tunnel/keep-tunnel";
import { loadTunnelKey } from "@/agent/tunnel/tunnel-key";
import { TunnelId } from "@/server/core/ids";
import * as tunnels from "@/server/modules/tunnels/service";
import * as factories from "@/server/testing/factories";
import { gateway, policy, type TestGateway } from "@/server/testing/network";
import { RecordedDevice } from "@/server/testing/recorded-device";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let recorded: RecordedDevice;
let asked: string[];
let dir: string;
let id: RecordedDevice["id"];
let system: RecordedDevice["system"];
const { system: administrator } = factories;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

beforeEach(async () => {
  recorded = await RecordedDevice.enrol();
  ({ asked, dir, id, system } = recorded);
});
afterEach(() => recorded.dispose());

describe("a device that policies let behind two gateways", () => {
  const behind = "10.231.0.0/24";
  let far: TestGateway;
  beforeEach(async () => {
    await gateway(world.database);
    await recorded.sync();
    system.done();
    far = await gateway(world.database, [behind]);
  });
  afterEach(async () => {
    await world.database.sql`delete from policies`;
    await world.database.sql`update gateways set deleted_at = now() where id = ${far.id}`;
  });

  it("gets the second in its next round, on the same interface and under the same key", async () => {
    const before = loadTunnelKey(dir, "current");
    await policy(world.database, { destination: behind });
    asked.length = 0;
    await recorded.sync();
    expect(asked).toEqual(["GET /tunnel", "PUT /tunnel"]);
    expect(system.done()).toEqual([
      `wg-quick down ${recorded.interfaceName}.conf`,
      `wg-quick up ${recorded.interfaceName}.conf`,
    ]);
    expect(loadTunnelKey(dir, "current")).toEqual(before);
    const text = readFileSync(recorded.conf, "utf8");
    expect(text.match(/^\[Peer\]$/gm)).toHaveLength(2);
    expect(text.match(/^PresharedKey = \S{44}$/gm)).toHaveLength(2);
    expect(text).toMatch(/^Address = 10\.\S+, fd\S+, 10\.\S+, fd\S+$/m);
    expect((await recorded.status()).routes).toContain(behind);
    expect((await recorded.status()).others).toHaveLength(1);
    asked.length = 0;
    await recorded.sync();
    expect(asked).toEqual(["GET /tunnel"]);
    expect(system.done()).toEqual([]);
  });

  it("rotates one key for both, and goes on with the first where the second is ended", async () => {
    await policy(world.database, { destination: behind });
    await recorded.sync();
    await rotateTunnelKey(recorded);
    const keys = await world.database.sql<{ id: string; key: string; gateway: string }[]>`
      select id, public_key as key, gateway_id as gateway from wireguard_peers where device_id = ${id} and state = 'active'`;
    expect(keys.map(({ key }) => key)).toEqual(Array(2).fill(loadTunnelKey(dir, "current")?.publicKey));
    const second = TunnelId.parse(keys.find((row) => row.gateway === far.id)?.id);
    await tunnels.revoke.execute(administrator, { id: second });
    asked.length = 0;
    await recorded.sync();
    expect(asked).toEqual(["GET /tunnel"]);
    expect((await recorded.status()).isUp).toBe(true);
    expect((await recorded.status()).others).toEqual([]);
  });
});
