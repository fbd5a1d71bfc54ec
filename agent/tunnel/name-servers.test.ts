import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { RecordedSystem } from "@/agent/testing/recorded-system";
import { bringTunnel, takeTunnelDown } from "@/agent/tunnel/bring-tunnel";
import { createTunnelKey } from "@/agent/tunnel/tunnel-key";
import { chooseInterface, saveTunnelState, tunnelDir } from "@/agent/tunnel/tunnel-state";
import { tunnelStatus } from "@/agent/tunnel/tunnel-status";

const deviceId = "0196b7a4-5b0a-7000-8000-000000000001";
const SERVERS = ["10.77.0.1", "fd77::1"];
let dir: string;
let system: RecordedSystem;
let said: string[];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "keyward-names-"));
  system = new RecordedSystem();
  said = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  chooseInterface(dir, "kw0");
  createTunnelKey(dir, "current");
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true, force: true });
});

const key = createKey();
function createKey(): string {
  const scratch = mkdtempSync(join(tmpdir(), "keyward-names-"));
  const { publicKey } = createTunnelKey(scratch, "current");
  rmSync(scratch, { recursive: true });
  return publicKey;
}

/** Has the tunnel be as the server says; what was done for it. */
async function bring(dnsServers: string[], routes = ["10.77.0.0/16"]): Promise<string[]> {
  const { publicKey } = createTunnelKey(dir, "current");
  const gateway = { name: "Berlin", publicKey: key, endpoint: "192.0.2.1:51820", allowedIps: routes, keepaliveS: 25 };
  const profile = { addresses: ["10.77.0.9/32"], dnsServers, mtu: 1420, gateway };
  const tunnel = { publicKey, presharedKey: key, notAfter: null, profile };
  saveTunnelState(dir, { told: { etag: "e", tunnel } });
  await bringTunnel({ dir, system }, deviceId);
  return system.done();
}

const conf = () => readFileSync(join(dir, tunnelDir, "kw0.conf"), "utf8");
const status = () => tunnelStatus(dir, deviceId, system);

it("with resolvconf, wg-quick sets them, and is told them again with every change so that it can take them back", async () => {
  system.installed.add("resolvconf");
  expect(await bring(SERVERS)).toEqual(["wg-quick up kw0.conf"]);
  expect(conf()).toContain("DNS = 10.77.0.1, fd77::1\n");
  await bring(SERVERS, ["10.77.0.0/16", "10.88.0.0/16"]);
  expect(conf()).toContain("DNS = 10.77.0.1, fd77::1\n");
  expect(await status()).toMatchObject({ isUp: true, nameServers: { addresses: SERVERS, problem: null } });
});

it("with systemd's resolvectl alone, it is told them once the interface is there, and again when they change", async () => {
  system.installed.add("resolvectl");
  const told = ["resolvectl dns kw0 10.77.0.1 fd77::1", "resolvectl domain kw0 ~."];
  expect(await bring(SERVERS)).toEqual(["wg-quick up kw0.conf", ...told]);
  expect(conf()).not.toContain("DNS");
  expect((await bring(SERVERS)).filter((call) => call.startsWith("resolvectl"))).toEqual([]);
  expect(await bring(["10.77.0.1"])).toEqual([
    "wg-quick down kw0.conf",
    "wg-quick up kw0.conf",
    "resolvectl dns kw0 10.77.0.1",
    "resolvectl domain kw0 ~.",
  ]);
  expect(await status()).toMatchObject({ isUp: true, nameServers: { problem: null } });
});

it("with neither, the tunnel is up without them, `status` says what to install, and the log says so once", async () => {
  expect(await bring(SERVERS)).toEqual(["wg-quick up kw0.conf"]);
  await bring(SERVERS);
  expect(await status()).toMatchObject({
    isUp: true,
    problem: null,
    nameServers: { problem: expect.stringContaining("install resolvconf or systemd-resolved") },
  });
  expect(said.filter((line) => line.includes("name servers"))).toHaveLength(1);
});

it("are set by the next round once there is something that can", async () => {
  await bring(SERVERS);
  system.installed.add("resolvconf");
  expect(await bring(SERVERS)).toEqual(["wg-quick down kw0.conf", "wg-quick up kw0.conf"]);
  expect(conf()).toContain("DNS = ");
  expect((await status()).nameServers.problem).toBeNull();
});

it("that resolvconf will not take do not keep the tunnel down, and the reason is told", async () => {
  system.installed.add("resolvconf");
  system.nameFailure = "resolvconf: signature mismatch: /etc/resolv.conf";
  expect(await bring(SERVERS)).toEqual(["wg-quick up kw0.conf", "wg-quick up kw0.conf"]);
  expect(conf()).not.toContain("DNS");
  expect(await status()).toMatchObject({
    isUp: true,
    nameServers: { problem: expect.stringContaining("signature mismatch") },
  });
});

it("that resolvectl will not take are offered again each round, without an interruption", async () => {
  system.installed.add("resolvectl");
  system.nameFailure = "Failed to connect to bus: No such file or directory";
  await bring(SERVERS);
  expect((await status()).nameServers.problem).toContain("Failed to connect to bus");
  system.nameFailure = undefined;
  expect((await bring(SERVERS)).filter((call) => call.startsWith("wg-quick up"))).toEqual([]);
  expect((await status()).nameServers.problem).toBeNull();
});

it("a tunnel that has none asks for no tool, and one that fails for another reason says that one", async () => {
  await bring([]);
  expect(system.calls).toEqual([]);
  expect((await status()).nameServers).toEqual({ addresses: [], problem: null });
  await takeTunnelDown({ dir, system }, "the test is over");
  system.installed.add("resolvconf");
  system.failure = "RTNETLINK answers: Operation not permitted";
  await expect(bring(SERVERS)).rejects.toThrow("Operation not permitted");
});
