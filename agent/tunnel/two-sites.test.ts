import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type SandboxMachine, sandboxObstacles } from "@/agent/testing/network-sandbox";
import { type Site, sitesAround } from "@/agent/testing/two-sites";
import { bringTunnel, takeTunnelDown } from "@/agent/tunnel/bring-tunnel";
import { createTunnelKey } from "@/agent/tunnel/tunnel-key";
import { chooseInterface, saveTunnelState } from "@/agent/tunnel/tunnel-state";
import type { TunnelPeer } from "@/server/modules/tunnels/schema";
import { sayNotTried } from "@/server/testing/network-namespaces";

// One interface of stock wg-quick to two gateways, each in a namespace of its own with a network behind it. Nobody has
// to be root. A machine that cannot try it says so, and must not promise to.

const obstacles = sandboxObstacles();
if (obstacles.length > 0) sayNotTried(obstacles);
const canTry = obstacles.length === 0;

const deviceId = "0196b7a4-5b0a-7000-8000-000000000002";
const dir = mkdtempSync(join(tmpdir(), "keyward-sites-"));
const keyDirs = [1, 2].map(() => mkdtempSync(join(tmpdir(), "keyward-sites-")));
const keys = keyDirs.map((each) => createTunnelKey(each, "current"));
const presharedKeys = keyDirs.map((each) => createTunnelKey(each, "next").privateKey);
const [BERLIN, PARIS] = ["10.88.0.1", "10.99.0.1"];
/** Behind the first, too, and reached by a full tunnel only. */
const ELSEWHERE = "10.77.0.1";
let device: SandboxMachine;
let sites: Site[];

beforeAll(async () => {
  if (!canTry) return;
  const plans = keys.map((key, at) => ({
    key,
    pool: `10.${77 + at}.0.1/24`,
    behind: `${at === 0 ? BERLIN : PARIS}/32`,
  }));
  ({ device, sites } = await sitesAround(plans));
  chooseInterface(dir, "kwd0");
});
afterAll(async () => {
  for (const { machine } of sites ?? []) await machine.dispose();
  await device?.dispose();
  for (const path of [dir, ...keyDirs]) rmSync(path, { recursive: true, force: true });
});

const addresses = ["10.77.0.9/32", "10.78.0.9/32"];

/** The device's tunnel through the first gateways with these networks each; all of them let it in from any address. */
async function apply(...routes: string[][]): Promise<void> {
  const { publicKey } = createTunnelKey(dir, "current");
  const peers = routes.map((allowedIps, at): TunnelPeer => {
    const [key, presharedKey = ""] = [keys[at]?.publicKey ?? "", presharedKeys[at]];
    const endpoint = `${sites[at]?.address}:51820`;
    return { name: `site ${at}`, publicKey: key, presharedKey, endpoint, allowedIps, keepaliveS: 25 };
  });
  for (const [at, { presharedKey = "" }] of peers.entries()) {
    // The gateway's own first, as a state has it.
    const allowedIps = at === 0 ? addresses : addresses.toReversed();
    await sites[at]?.letIn(publicKey, { presharedKey, allowedIps });
  }
  const [gateway, ...others] = peers;
  if (!gateway) throw new Error("a tunnel leads to a gateway");
  const { presharedKey = "" } = gateway;
  const profile = { addresses, dnsServers: [], mtu: 1420, gateway, others };
  saveTunnelState(dir, { told: { etag: "e", tunnel: { publicKey, presharedKey, notAfter: null, profile } } });
  await bringTunnel({ dir, system: device }, deviceId);
}

it("reaches both sites through one interface, also beside a full tunnel through the first, and one without the other", async () => {
  // A machine that promises to try tunnels must be able to.
  if (!canTry) return expect(process.env.KEYWARD_TUNNELS).not.toBe("required");
  await apply([`${BERLIN}/32`], [`${PARIS}/32`]);
  expect(await device.reaches(BERLIN)).toBe(true);
  expect(await device.reaches(PARIS)).toBe(true);
  expect(await device.reaches(ELSEWHERE)).toBe(false);

  await apply(["0.0.0.0/0", "::/0"], [`${PARIS}/32`]);
  expect(await device.reaches(ELSEWHERE)).toBe(true);
  expect(await device.reaches(PARIS)).toBe(true);

  await apply([`${BERLIN}/32`]);
  expect(await device.reaches(BERLIN)).toBe(true);
  expect(await device.reaches(PARIS)).toBe(false);

  await takeTunnelDown({ dir, system: device }, "the test is over");
  expect(await device.tryRun("ip", ["link", "show", "kwd0"])).toBeUndefined();
}, 90_000);
