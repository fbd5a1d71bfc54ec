import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Device } from "@/agent/device";
import { openStateDir } from "@/agent/state";
import { RecordedSystem } from "@/agent/testing/recorded-system";
import { keepTunnel } from "@/agent/tunnel/keep-tunnel";
import { loadTunnelKey } from "@/agent/tunnel/tunnel-key";
import { tunnelStatus } from "@/agent/tunnel/tunnel-status";
import * as expiry from "@/server/modules/devices/expiry.service";
import { enrolledAgent } from "@/server/testing/enrolled-agent";
import * as factories from "@/server/testing/factories";
import { http } from "@/server/testing/http";
import { gateway } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let system: RecordedSystem;
let device: Device;
let dir: string;
let id: factories.TestDevice["id"];
const asked: string[] = [];

beforeAll(async () => {
  world = await createWorld();
  await gateway(world.database);
});
afterAll(() => world.end());
beforeEach(async () => {
  vi.stubGlobal("fetch", (url: URL, init: RequestInit) => {
    asked.push(`${init.method} ${url.pathname.replace("/api/agent/v1", "")}`);
    return http(new Request(url, init));
  });
  system = new RecordedSystem();
  dir = openStateDir(mkdtempSync(join(tmpdir(), "keyward-expired-")));
  ({ id, device } = await enrolledAgent(dir));
});
afterEach(() => {
  vi.unstubAllGlobals();
  rmSync(dir, { recursive: true, force: true });
});

const sync = () => keepTunnel({ device, system }, { trigger: "schedule" });
const status = () => tunnelStatus(dir, id, system);
const leave = (expiresAt: string | null) => expiry.setExpiry.execute(factories.system, { id, expiresAt });

it("a device loses the tunnel when its own end has come, and has it back under the same key when that is put off", async () => {
  const end = new Date(Date.now() + 86_400_000).toISOString();
  await leave(end);
  await sync();
  const [before, file] = [loadTunnelKey(dir, "current"), `kw-${id.slice(-8)}.conf`];
  expect(system.done()).toEqual([`wg-quick up ${file}`]);
  expect(await status()).toMatchObject({ isUp: true, notAfter: end });
  await world.database.sql`update devices set expires_at = now() where id = ${id}`;
  await sync();
  expect(system.done()).toEqual([`wg-quick down ${file}`]);
  expect(await status()).toMatchObject({ isUp: false, down: { why: expect.stringContaining("has expired") } });
  asked.length = 0;
  await sync();
  expect(asked).toEqual(["GET /tunnel"]);
  await leave(null);
  await sync();
  expect(system.done()).toEqual([`wg-quick up ${file}`]);
  expect(loadTunnelKey(dir, "current")).toEqual(before);
  expect(await status()).toMatchObject({ isUp: true, notAfter: null });
});
