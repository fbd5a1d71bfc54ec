import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Device } from "@/agent/device";
import { Inventory } from "@/agent/facts/inventory";
import { rememberProblem } from "@/agent/remember";
import { runRound } from "@/agent/round";
import { openStateDir } from "@/agent/state";
import { RecordedSystem } from "@/agent/testing/recorded-system";
import { keepTunnel, restoreTunnel, rotateTunnelKey } from "@/agent/tunnel/keep-tunnel";
import { createTunnelKey, loadTunnelKey } from "@/agent/tunnel/tunnel-key";
import { chooseInterface, readTunnelState, saveTunnelState, tunnelDir } from "@/agent/tunnel/tunnel-state";
import { tunnelStatus } from "@/agent/tunnel/tunnel-status";
import { TunnelId } from "@/server/core/ids";
import * as lifecycle from "@/server/modules/devices/lifecycle.service";
import * as tunnels from "@/server/modules/tunnels/service";
import { enrolledAgent } from "@/server/testing/enrolled-agent";
import * as factories from "@/server/testing/factories";
import { http } from "@/server/testing/http";
import { gateway, policy, wireguardKey } from "@/server/testing/network";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let system: RecordedSystem;
let device: Device;
let dir: string;
let id: factories.TestDevice["id"];
let isAway: boolean;
/** What the device asked for, as method and path. */
const asked: string[] = [];
const { system: administrator } = factories;

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

beforeEach(async () => {
  isAway = false;
  asked.length = 0;
  vi.stubGlobal("fetch", (url: URL, init: RequestInit) => {
    asked.push(`${init.method} ${url.pathname.replace("/api/agent/v1", "")}`);
    return isAway ? Promise.reject(new Error("the server is away")) : http(new Request(url, init));
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
/** A round as the loop does it, with what follows for the tunnel. */
async function round(trigger: "schedule" | "manual" = "schedule"): Promise<void> {
  try {
    await runRound(device, new Inventory(), trigger);
    await keepTunnel(work(), { trigger });
  } catch (error) {
    rememberProblem(device, error);
    await keepTunnel(work(), { trigger, error });
  }
}
const sync = () => keepTunnel(work(), { trigger: "schedule" });
const status = () => tunnelStatus(dir, id, system);
async function tunnelRow() {
  const [row] = await world.database.sql<{ id: string; key: string }[]>`
    select id, public_key as key from wireguard_peers where device_id = ${id} and state = 'active'`;
  return row;
}
const tunnelId = async () => TunnelId.parse((await tunnelRow())?.id);

describe("where there is no gateway", () => {
  it("asks for a tunnel and takes none, without asking again each round", async () => {
    await sync();
    await sync();
    expect(asked).toEqual(["GET /tunnel", "PUT /tunnel", "GET /tunnel"]);
    expect(await status()).toMatchObject({
      isUp: false,
      problem: null,
      down: { why: expect.stringContaining("no gateway yet") },
    });
  });
});

describe("an active device", () => {
  beforeEach(async () => {
    await gateway(world.database);
  });

  it("offers a key made here, writes the file that wg-quick reads and brings the tunnel up, once", async () => {
    await round();
    expect(system.done()).toEqual([`wg-quick up ${name()}.conf`]);
    expect((await tunnelRow())?.key).toBe(loadTunnelKey(dir, "current")?.publicKey);
    for (const path of [conf(), join(dir, "tunnel.key")]) expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(conf(), "utf8")).toContain(`PrivateKey = ${loadTunnelKey(dir, "current")?.privateKey}\n`);
    asked.length = 0;
    await round();
    expect(system.done()).toEqual([]);
    expect(asked).toEqual(["POST /checkins", "GET /tunnel"]);
    expect(await status()).toMatchObject({
      interface: name(),
      isUp: true,
      addresses: readTunnelState(dir).told?.tunnel.profile.addresses,
      lastHandshakeAt: "2026-01-01T00:00:00.000Z",
      problem: null,
      down: null,
    });
  });

  it("gets a new route without an interruption, and loses it again", async () => {
    await sync();
    system.done();
    const route = "10.200.7.0/24";
    await policy(world.database, { destination: route });
    await sync();
    const file = `${name()}.conf`;
    const changed = [`wg-quick strip ${file}`, `wg syncconf ${name()} stdin`];
    expect(system.done()).toEqual([...changed, `ip -4 route replace ${route} dev ${name()}`]);
    await world.database.sql`delete from policies where id in
      (select policy_id from policy_destinations where destination = ${route}::cidr)`;
    await sync();
    expect(system.done()).toEqual([...changed, `ip -4 route delete ${route} dev ${name()}`]);
  });

  it("has its tunnel taken down and its key destroyed when somebody ends it, and offers none again by itself", async () => {
    await sync();
    await tunnels.revoke.execute(administrator, { id: await tunnelId() });
    await sync();
    expect(system.done().slice(1)).toEqual([`wg-quick down ${name()}.conf`]);
    expect(existsSync(conf())).toBe(false);
    expect(loadTunnelKey(dir, "current")).toBeUndefined();
    expect(await status()).toMatchObject({
      isUp: false,
      down: { why: expect.stringContaining("was ended") },
      problem: null,
    });
    asked.length = 0;
    await sync();
    expect(asked).toEqual(["GET /tunnel"]);
  });

  it("loses the tunnel while it is suspended, and has it back afterwards under the same key", async () => {
    await round();
    const before = loadTunnelKey(dir, "current");
    await lifecycle.suspend.execute(administrator, { id });
    system.done();
    await round();
    expect(system.done()).toEqual([`wg-quick down ${name()}.conf`]);
    expect(await status()).toMatchObject({ isUp: false, down: { why: "the device is suspended" } });
    await restoreTunnel(work());
    expect(system.done()).toEqual([]);
    await lifecycle.resume.execute(administrator, { id });
    await round();
    expect(system.done()).toEqual([`wg-quick up ${name()}.conf`]);
    expect(loadTunnelKey(dir, "current")).toEqual(before);
  });

  it("has no tunnel and no key of one left when it is revoked", async () => {
    await round();
    await lifecycle.revoke.execute(administrator, { id });
    system.done();
    await round();
    expect(system.done()).toEqual([`wg-quick down ${name()}.conf`]);
    expect(loadTunnelKey(dir, "current")).toBeUndefined();
    expect(readTunnelState(dir).told).toBeNull();
  });

  it("keeps the tunnel while the server is away, and brings it up again after the machine was started", async () => {
    await round();
    system.done();
    isAway = true;
    await round();
    expect(system.done()).toEqual([]);
    system.up.clear();
    await restoreTunnel(work());
    expect(system.done()).toEqual([`wg-quick up ${name()}.conf`]);
    expect((await status()).isUp).toBe(true);
  });

  it("takes the tunnel down once its time is over, also while the server is away", async () => {
    await sync();
    system.done();
    const { told } = readTunnelState(dir);
    if (!told) throw new Error("the server said nothing");
    const past = { ...told, tunnel: { ...told.tunnel, notAfter: "2020-01-01T00:00:00.000Z" } };
    saveTunnelState(dir, { told: past });
    isAway = true;
    await restoreTunnel(work());
    expect(system.done()).toEqual([`wg-quick down ${name()}.conf`]);
    expect(await status()).toMatchObject({ down: { why: "its time is over" } });
  });

  it("takes no address where there can be no tunnel, and complains, once, only of one it had", async () => {
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const complaints = () => said.mock.calls.filter(([text]) => String(text).includes("wireguard-tools")).length;
    const why = "wireguard-tools is not installed on this machine";
    system.why = why;
    await round();
    expect([complaints(), asked.some((route) => route.endsWith("/tunnel"))]).toEqual([0, false]);
    expect(await status()).toMatchObject({ isUp: false, down: { why }, problem: null });
    system.why = undefined;
    await round("manual");
    system.up.clear();
    system.why = why;
    for (const trigger of ["schedule", "schedule"] as const) await round(trigger);
    expect([complaints(), (await status()).problem?.detail]).toEqual([1, why]);
  });

  it("says what wg-quick said, does not try again at once, and does when a person asks", async () => {
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    system.failure = "RTNETLINK answers: Operation not permitted";
    await sync();
    expect((await status()).problem?.detail).toBe(system.failure);
    expect(said).toHaveBeenCalledOnce();
    await keepTunnel(work(), { trigger: "manual" });
    await keepTunnel(work(), { trigger: "manual" });
    system.done();
    system.failure = undefined;
    await keepTunnel(work(), { trigger: "manual" });
    expect(system.done()).toEqual([`wg-quick up ${name()}.conf`]);
    expect((await status()).problem).toBeNull();
  });

  it("moves to the interface a person names", async () => {
    await sync();
    chooseInterface(dir, "office");
    await sync();
    const [down, up] = [`wg-quick down ${name()}.conf`, "wg-quick up office.conf"];
    expect(system.done().slice(1)).toEqual([down, up]);
    expect(() => chooseInterface(dir, "../../etc/passwd")).toThrow("cannot be an interface's name");
  });

  it("leaves an interface alone that it did not make", async () => {
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    system.up.add("wg0");
    chooseInterface(dir, "wg0");
    await sync();
    expect(system.done()).toEqual([]);
    expect((await status()).problem?.detail).toContain("did not make");
  });
});

describe("a rotation of the tunnel's key", () => {
  beforeEach(async () => {
    await gateway(world.database);
    await sync();
    system.done();
  });

  it("goes over to the new key without an interruption and destroys the old", async () => {
    const before = loadTunnelKey(dir, "current");
    expect(await rotateTunnelKey(work())).toBe(true);
    const after = loadTunnelKey(dir, "current");
    expect(after).not.toEqual(before);
    expect((await tunnelRow())?.key).toBe(after?.publicKey);
    expect(loadTunnelKey(dir, "next")).toBeUndefined();
    expect(system.done()).toEqual([`wg-quick strip ${name()}.conf`, `wg syncconf ${name()} stdin`]);
    expect(readFileSync(conf(), "utf8")).toContain(String(after?.privateKey));
    expect(readFileSync(conf(), "utf8")).not.toContain(String(before?.privateKey));
    await sync();
    expect(system.done()).toEqual([]);
  });

  it("is finished by the next round, whether the server had heard of the key or not", async () => {
    for (const isHeard of [false, true]) {
      const { publicKey } = createTunnelKey(dir, "next");
      if (isHeard) await device.api.call(device.signed("PUT", "/tunnel", { body: { publicKey } }));
      await sync();
      expect((await tunnelRow())?.key).toBe(publicKey);
      expect(loadTunnelKey(dir, "current")?.publicKey).toBe(publicKey);
      expect(loadTunnelKey(dir, "next")).toBeUndefined();
    }
  });

  it("cut short by a server that is away leaves the present key in use", async () => {
    const before = loadTunnelKey(dir, "current");
    isAway = true;
    await expect(rotateTunnelKey(work())).rejects.toThrow("does not answer");
    await restoreTunnel(work());
    expect(system.done()).toEqual([]);
    expect(loadTunnelKey(dir, "current")).toEqual(before);
  });

  it("begun anew when somebody else replaced the key: the machine's own agent has the last word", async () => {
    await tunnels.rotateKey.execute(administrator, { id: await tunnelId(), publicKey: wireguardKey() });
    await sync();
    expect((await tunnelRow())?.key).toBe(loadTunnelKey(dir, "current")?.publicKey);
    expect((await status()).isUp).toBe(true);
  });
});

it("a device without a tunnel has nothing to rotate", async () => {
  expect(await rotateTunnelKey(work())).toBe(false);
  expect(asked).toEqual([]);
});
