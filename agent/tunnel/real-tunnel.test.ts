import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type SandboxMachine, sandboxObstacles, twoMachines } from "@/agent/testing/network-sandbox";
import { bringTunnel, takeTunnelDown } from "@/agent/tunnel/bring-tunnel";
import { createTunnelKey } from "@/agent/tunnel/tunnel-key";
import { chooseInterface, saveTunnelState } from "@/agent/tunnel/tunnel-state";
import { tunnelStatus } from "@/agent/tunnel/tunnel-status";
import type { DeviceTunnel, TunnelProfile } from "@/server/modules/tunnels/schema";
import { sayNotTried } from "@/server/testing/network-namespaces";

// Stock wg-quick, wg and, where the kernel has no WireGuard, wireguard-go, between two network namespaces. They are
// made in a user namespace, so nobody has to be root. A machine that cannot try it says so, and must not promise to.

const obstacles = sandboxObstacles();
if (obstacles.length > 0) sayNotTried(obstacles);
const canTry = obstacles.length === 0;

const GATEWAY = "kwg0";
const DEVICE = "kwd0";
const deviceId = "0196b7a4-5b0a-7000-8000-000000000001";
const dir = mkdtempSync(join(tmpdir(), "keyward-real-"));
const gatewayDir = mkdtempSync(join(tmpdir(), "keyward-real-"));
const gatewayKeys = createTunnelKey(gatewayDir, "current");
const presharedKey = createTunnelKey(gatewayDir, "next").privateKey;
let gateway: SandboxMachine;
let device: SandboxMachine;

/** The gateway lets in this key and no other. */
const letIn = (publicKey: string) =>
  gateway.run(
    "wg",
    ["syncconf", GATEWAY, "/dev/stdin"],
    `[Interface]\nPrivateKey = ${gatewayKeys.privateKey}\nListenPort = 51820\n[Peer]\nPublicKey = ${publicKey}\nPresharedKey = ${presharedKey}\nAllowedIPs = 10.77.0.9/32\n`,
  );

beforeAll(async () => {
  if (!canTry) return;
  [gateway, device] = await twoMachines();
  try {
    await gateway.run("ip", ["link", "add", GATEWAY, "type", "wireguard"]);
  } catch {
    await gateway.run("wireguard-go", [GATEWAY]);
  }
  for (const address of ["10.77.0.1/24", "10.88.0.1/32", "203.0.113.1/32"]) {
    await gateway.run("ip", ["address", "add", address, "dev", GATEWAY]);
  }
  await gateway.run("ip", ["link", "set", GATEWAY, "up"]);
  // A machine that cannot set name servers, which must not keep its tunnel down.
  for (const name of ["resolvconf", "resolvectl"]) await device.hide(name);
  chooseInterface(dir, DEVICE);
});
afterAll(async () => {
  await device?.dispose();
  await gateway?.dispose();
  for (const path of [dir, gatewayDir]) rmSync(path, { recursive: true, force: true });
});

const place = () => ({ dir, system: device });

function tunnel(publicKey: string, allowedIps: string[], change: Partial<TunnelProfile> = {}): DeviceTunnel {
  const own = {
    name: "Berlin",
    publicKey: gatewayKeys.publicKey,
    endpoint: "192.0.2.1:51820",
    allowedIps,
    keepaliveS: 25,
  };
  const profile = { addresses: ["10.77.0.9/32"], dnsServers: [], mtu: 1420, gateway: own, ...change };
  return { publicKey, presharedKey, notAfter: null, profile };
}

async function apply(next: DeviceTunnel): Promise<void> {
  await letIn(next.publicKey);
  saveTunnelState(dir, { told: { etag: JSON.stringify(next).slice(0, 9), tunnel: next } });
  await bringTunnel(place(), deviceId);
}

const shown = async (what: string) => (await device.run("wg", ["show", DEVICE, what])).trim();

it("carries traffic, follows new routes and keys, goes all the way through a full tunnel, is up without its name servers, and ends without a trace", async () => {
  // A machine that promises to try tunnels must be able to.
  if (!canTry) return expect(process.env.KEYWARD_TUNNELS).not.toBe("required");
  const clean = await device.run("ip", ["rule"]);
  let { publicKey } = createTunnelKey(dir, "current");
  await apply(tunnel(publicKey, ["10.77.0.0/24"]));
  expect(await device.reaches("10.77.0.1")).toBe(true);
  expect(await device.reaches("10.88.0.1")).toBe(false);
  expect(await tunnelStatus(dir, deviceId, device)).toMatchObject({ isUp: true, lastHandshakeAt: expect.any(String) });

  const port = await shown("listen-port");
  await apply(tunnel(publicKey, ["10.77.0.0/24", "10.88.0.0/24"]));
  expect(await device.reaches("10.88.0.1")).toBe(true);
  expect(await shown("listen-port")).toBe(port);

  await apply(tunnel(publicKey, ["0.0.0.0/0", "::/0"]));
  expect(await device.reaches("203.0.113.1")).toBe(true);
  const mark = await shown("fwmark");
  expect(mark).not.toBe("off");

  ({ publicKey } = createTunnelKey(dir, "current"));
  await apply(tunnel(publicKey, ["0.0.0.0/0", "::/0"]));
  expect(await shown("fwmark")).toBe(mark);
  expect(await device.reaches("203.0.113.1")).toBe(true);

  await apply(tunnel(publicKey, ["10.77.0.0/24"], { mtu: 1280 }));
  expect(await device.run("ip", ["link", "show", DEVICE])).toContain("mtu 1280");
  expect(await device.reaches("10.77.0.1")).toBe(true);

  await apply(tunnel(publicKey, ["10.77.0.0/24"], { dnsServers: ["10.77.0.1"] }));
  expect(await device.reaches("10.77.0.1")).toBe(true);
  const problem = expect.stringContaining("install resolvconf");
  expect(await tunnelStatus(dir, deviceId, device)).toMatchObject({ isUp: true, nameServers: { problem } });

  await takeTunnelDown(place(), "the test is over");
  expect(await device.tryRun("ip", ["link", "show", DEVICE])).toBeUndefined();
  expect(await device.run("ip", ["rule"])).toBe(clean);
}, 90_000);
