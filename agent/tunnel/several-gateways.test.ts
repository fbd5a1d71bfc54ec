import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Device } from "@/agent/device";
import { openStateDir } from "@/agent/state";
import { RecordedSystem } from "@/agent/testing/recorded-system";
import { keepTunnel, rotateTunnelKey } from "@/agent/tunnel/keep-tunnel";
import { loadTunnelKey } from "@/agent/tunnel/tunnel-key";
import { tunnelDir } from "@/agent/tunnel/tunnel-state";
import { tunnelStatus } from "@/agent/tunnel/tunnel-status";
import { TunnelId } from "@/server/core/ids";
import * as tunnels from "@/server/modules/tunnels/service";
import { enrolledAgent } from "@/server/testing/enrolled-agent";
import * as factories from "@/server/testing/factories";
import { http } from "@/server/testing/http";
import { gateway, policy, type TestGateway } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let system: RecordedSystem;
let device: Device;
let dir: string;
let id: factories.TestDevice["id"];
/** What the device asked for, as method and path. */
const asked: string[] = [];
const { system: administrator } = factories;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

beforeEach(async () => {
  asked.length = 0;
  vi.stubGlobal("fetch", (url: URL, init: RequestInit) => {
    asked.push(`${init.method} ${url.pathname.replace("/api/agent/v1", "")}`);
    return http(new Request(url, init));
  });
  system = new RecordedSystem();
  dir = openStateDir(mkdtempSync(join(tmpdir(), "keyward-tunnel-")));
  ({ id, device } = await enrolledAgent(dir));
});
afterEach(() => {
  vi.unstubAllGlobals();
  rmSync(dir, { recursive: true, force: true });
});

const work = () => ({ device, system });
const name = () => `kw-${id.slice(-8)}`;
const conf = () => join(dir, tunnelDir, `${name()}.conf`);
const sync = () => keepTunnel(work(), { trigger: "schedule" });
const status = () => tunnelStatus(dir, id, system);

describe("a device that policies let behind two gateways", () => {
  const behind = "10.231.0.0/24";
  let far: TestGateway;
  beforeEach(async () => {
    await gateway(world.database);
    await sync();
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
    await sync();
    expect(asked).toEqual(["GET /tunnel", "PUT /tunnel"]);
    expect(system.done()).toEqual([`wg-quick down ${name()}.conf`, `wg-quick up ${name()}.conf`]);
    expect(loadTunnelKey(dir, "current")).toEqual(before);
    const text = readFileSync(conf(), "utf8");
    expect(text.match(/^\[Peer\]$/gm)).toHaveLength(2);
    expect(text.match(/^PresharedKey = \S{44}$/gm)).toHaveLength(2);
    expect(text).toMatch(/^Address = 10\.\S+, fd\S+, 10\.\S+, fd\S+$/m);
    expect((await status()).routes).toContain(behind);
    expect((await status()).others).toHaveLength(1);
    asked.length = 0;
    await sync();
    expect(asked).toEqual(["GET /tunnel"]);
    expect(system.done()).toEqual([]);
  });

  it("rotates one key for both, and goes on with the first where the second is ended", async () => {
    await policy(world.database, { destination: behind });
    await sync();
    await rotateTunnelKey(work());
    const keys = await world.database.sql<{ id: string; key: string; gateway: string }[]>`
      select id, public_key as key, gateway_id as gateway from wireguard_peers where device_id = ${id} and state = 'active'`;
    expect(keys.map(({ key }) => key)).toEqual(Array(2).fill(loadTunnelKey(dir, "current")?.publicKey));
    const second = TunnelId.parse(keys.find((row) => row.gateway === far.id)?.id);
    await tunnels.revoke.execute(administrator, { id: second });
    asked.length = 0;
    await sync();
    expect(asked).toEqual(["GET /tunnel"]);
    expect((await status()).isUp).toBe(true);
    expect((await status()).others).toEqual([]);
  });
});
