import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Inventory } from "@/agent/facts/inventory";
import { rememberProblem } from "@/agent/remember";
import { runRound } from "@/agent/round";
import { keepTunnel, restoreTunnel } from "@/agent/tunnel/keep-tunnel";
import { loadTunnelKey } from "@/agent/tunnel/tunnel-key";
import { chooseInterface, readTunnelState, saveTunnelState } from "@/agent/tunnel/tunnel-state";
import { TunnelId } from "@/server/core/ids";
import * as lifecycle from "@/server/modules/devices/lifecycle.service";
import * as tunnels from "@/server/modules/tunnels/service";
import * as factories from "@/server/testing/factories";
import { gateway, policy } from "@/server/testing/network";
import { RecordedDevice } from "@/server/testing/recorded-device";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let recorded: RecordedDevice;
let asked: string[];
let device: RecordedDevice["device"];
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
  ({ asked, device, dir, id, system } = recorded);
});
afterEach(() => recorded.dispose());

/** A round as the loop does it, with what follows for the tunnel. */
async function round(trigger: "schedule" | "manual" = "schedule"): Promise<void> {
  try {
    await runRound(device, new Inventory(), trigger);
    await keepTunnel(recorded, { trigger });
  } catch (error) {
    rememberProblem(device, error);
    await keepTunnel(recorded, { trigger, error });
  }
}
async function tunnelRow() {
  const [row] = await world.database.sql<{ id: string; key: string }[]>`
    select id, public_key as key from wireguard_peers where device_id = ${id} and state = 'active'`;
  return row;
}
const tunnelId = async () => TunnelId.parse((await tunnelRow())?.id);

describe("where there is no gateway", () => {
  it("asks for a tunnel and takes none, without asking again each round", async () => {
    await recorded.sync();
    await recorded.sync();
    expect(asked).toEqual(["GET /tunnel", "PUT /tunnel", "GET /tunnel"]);
    expect(await recorded.status()).toMatchObject({
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
    expect(system.done()).toEqual([`wg-quick up ${recorded.interfaceName}.conf`]);
    expect((await tunnelRow())?.key).toBe(loadTunnelKey(dir, "current")?.publicKey);
    for (const path of [recorded.conf, join(dir, "tunnel.key")]) expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(recorded.conf, "utf8")).toContain(
      `PrivateKey = ${loadTunnelKey(dir, "current")?.privateKey}\n`,
    );
    asked.length = 0;
    await round();
    expect(system.done()).toEqual([]);
    expect(asked).toEqual(["POST /checkins", "GET /tunnel"]);
    expect(await recorded.status()).toMatchObject({
      interface: recorded.interfaceName,
      isUp: true,
      addresses: readTunnelState(dir).told?.tunnel.profile.addresses,
      lastHandshakeAt: "2026-01-01T00:00:00.000Z",
      problem: null,
      down: null,
    });
  });

  it("gets a new route without an interruption, and loses it again", async () => {
    await recorded.sync();
    system.done();
    const route = "10.200.7.0/24";
    await policy(world.database, { destination: route });
    await recorded.sync();
    const file = `${recorded.interfaceName}.conf`;
    const changed = [`wg-quick strip ${file}`, `wg syncconf ${recorded.interfaceName} stdin`];
    expect(system.done()).toEqual([...changed, `ip -4 route replace ${route} dev ${recorded.interfaceName}`]);
    await world.database.sql`delete from policies where id in
      (select policy_id from policy_destinations where destination = ${route}::cidr)`;
    await recorded.sync();
    expect(system.done()).toEqual([...changed, `ip -4 route delete ${route} dev ${recorded.interfaceName}`]);
  });

  it("has its tunnel taken down and its key destroyed when somebody ends it, and offers none again by itself", async () => {
    await recorded.sync();
    await tunnels.revoke.execute(administrator, { id: await tunnelId() });
    await recorded.sync();
    expect(system.done().slice(1)).toEqual([`wg-quick down ${recorded.interfaceName}.conf`]);
    expect(existsSync(recorded.conf)).toBe(false);
    expect(loadTunnelKey(dir, "current")).toBeUndefined();
    expect(await recorded.status()).toMatchObject({
      isUp: false,
      down: { why: expect.stringContaining("was ended") },
      problem: null,
    });
    asked.length = 0;
    await recorded.sync();
    expect(asked).toEqual(["GET /tunnel"]);
  });

  it("loses the tunnel while it is suspended, and has it back afterwards under the same key", async () => {
    await round();
    const before = loadTunnelKey(dir, "current");
    await lifecycle.suspend.execute(administrator, { id });
    system.done();
    await round();
    expect(system.done()).toEqual([`wg-quick down ${recorded.interfaceName}.conf`]);
    expect(await recorded.status()).toMatchObject({ isUp: false, down: { why: "the device is suspended" } });
    await restoreTunnel(recorded);
    expect(system.done()).toEqual([]);
    await lifecycle.resume.execute(administrator, { id });
    await round();
    expect(system.done()).toEqual([`wg-quick up ${recorded.interfaceName}.conf`]);
    expect(loadTunnelKey(dir, "current")).toEqual(before);
  });

  it("has no tunnel and no key of one left when it is revoked", async () => {
    await round();
    await lifecycle.revoke.execute(administrator, { id });
    system.done();
    await round();
    expect(system.done()).toEqual([`wg-quick down ${recorded.interfaceName}.conf`]);
    expect(loadTunnelKey(dir, "current")).toBeUndefined();
    expect(readTunnelState(dir).told).toBeNull();
  });

  it("keeps the tunnel while the server is away, and brings it up again after the machine was started", async () => {
    await round();
    system.done();
    recorded.isServerAway = true;
    await round();
    expect(system.done()).toEqual([]);
    system.up.clear();
    await restoreTunnel(recorded);
    expect(system.done()).toEqual([`wg-quick up ${recorded.interfaceName}.conf`]);
    expect((await recorded.status()).isUp).toBe(true);
  });

  it("takes the tunnel down once its time is over, also while the server is away", async () => {
    await recorded.sync();
    system.done();
    const { told } = readTunnelState(dir);
    if (!told) throw new Error("the server said nothing");
    const past = { ...told, tunnel: { ...told.tunnel, notAfter: "2020-01-01T00:00:00.000Z" } };
    saveTunnelState(dir, { told: past });
    recorded.isServerAway = true;
    await restoreTunnel(recorded);
    expect(system.done()).toEqual([`wg-quick down ${recorded.interfaceName}.conf`]);
    expect(await recorded.status()).toMatchObject({ down: { why: "its time is over" } });
  });

  it("takes no address where there can be no tunnel, and complains, once, only of one it had", async () => {
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const complaints = () => said.mock.calls.filter(([text]) => String(text).includes("wireguard-tools")).length;
    const why = "wireguard-tools is not installed on this machine";
    system.why = why;
    await round();
    expect([complaints(), asked.some((route) => route.endsWith("/tunnel"))]).toEqual([0, false]);
    expect(await recorded.status()).toMatchObject({ isUp: false, down: { why }, problem: null });
    system.why = undefined;
    await round("manual");
    system.up.clear();
    system.why = why;
    for (const trigger of ["schedule", "schedule"] as const) await round(trigger);
    expect([complaints(), (await recorded.status()).problem?.detail]).toEqual([1, why]);
  });

  it("says what wg-quick said, does not try again at once, and does when a person asks", async () => {
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    system.failure = "RTNETLINK answers: Operation not permitted";
    await recorded.sync();
    expect((await recorded.status()).problem?.detail).toBe(system.failure);
    expect(said).toHaveBeenCalledOnce();
    await keepTunnel(recorded, { trigger: "manual" });
    await keepTunnel(recorded, { trigger: "manual" });
    system.done();
    system.failure = undefined;
    await keepTunnel(recorded, { trigger: "manual" });
    expect(system.done()).toEqual([`wg-quick up ${recorded.interfaceName}.conf`]);
    expect((await recorded.status()).problem).toBeNull();
  });

  it("moves to the interface a person names", async () => {
    await recorded.sync();
    chooseInterface(dir, "office");
    await recorded.sync();
    const [down, up] = [`wg-quick down ${recorded.interfaceName}.conf`, "wg-quick up office.conf"];
    expect(system.done().slice(1)).toEqual([down, up]);
    expect(() => chooseInterface(dir, "../../etc/passwd")).toThrow("cannot be an interface's name");
  });

  it("leaves an interface alone that it did not make", async () => {
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    system.up.add("wg0");
    chooseInterface(dir, "wg0");
    await recorded.sync();
    expect(system.done()).toEqual([]);
    expect((await recorded.status()).problem?.detail).toContain("did not make");
  });
});
