import { expect, type Page } from "@playwright/test";
import { sayNotTried, tunnelObstacles } from "@/server/testing/network-namespaces";
import { signIn, trpc } from "./fixtures/organisation";
import { PrivateNetwork } from "./fixtures/private-network";
import type { RunningServer } from "./fixtures/server";
import { test } from "./fixtures/server-with-admin";

/** The private network as it is used: a gateway, two devices and a network behind it, with nothing arranged by hand. */
test.describe.configure({ mode: "serial" });
test.setTimeout(180_000);

const [OPEN, CLOSED] = ["10.20.0.2", "10.20.0.3"];
// On demand for now: on a machine that is busy with the other specs its handshakes have been seen to take too long.
const isWanted = process.env.KEYWARD_TUNNELS === "required";
const obstacles = isWanted ? tunnelObstacles() : ["KEYWARD_TUNNELS=required is not set"];

interface Saved {
  id: string;
}

type Device = Awaited<ReturnType<PrivateNetwork["device"]>>;

let page: Page;
let net: PrivateNetwork;
let alice: Device;
let bob: Device;

const save = (name: string, fields: Record<string, unknown>) =>
  trpc<Saved>(page, "policies.create", { name, targets: [{ type: "all", isExcluded: false }], ...fields });

/** Asked for as long as a change may take, five seconds, and a handshake. */
const reaches = (device: Device, address: string, wanted: boolean) =>
  device.at.reachesIn(address, { wanted, seconds: wanted ? 20 : 5 });

async function setUp(admin: Page, server: RunningServer): Promise<void> {
  page = admin;
  await signIn(page);
  net = new PrivateNetwork(page, server);
  await net.openGateway();
  [alice, bob] = [await net.device("alice"), await net.device("bob")];
}

if (obstacles.length > 0) {
  sayNotTried(obstacles);
  test(`the private network was not tried: ${obstacles.join("; ")}`, () => {
    expect(isWanted).toBe(false);
  });
} else {
  test.beforeAll(async ({ browser, server }) => {
    await setUp(await browser.newPage({ baseURL: server.url }), server);
  });
  test.afterAll(async () => {
    net?.dispose();
    await page?.close();
  });

  test("without a policy a device has a tunnel and reaches nothing behind it", async () => {
    for (const device of [alice, bob]) await device.agent("sync");
    expect(await reaches(alice, "10.77.0.1", true)).toBe(true);
    expect(await alice.at.reaches(OPEN)).toBe(false);
  });

  test("a policy opens what it says and nothing else, in both families", async () => {
    await save("Into the network", { destinations: [{ network: "10.20.0.0/24" }, { network: "fd20::/64" }] });
    await save("Not there", { priority: 10, effect: "deny", destinations: [{ network: `${CLOSED}/32` }] });
    for (const device of [alice, bob]) await device.agent("sync");
    expect(await reaches(alice, OPEN, true)).toBe(true);
    expect(await reaches(alice, "fd20::2", true)).toBe(true);
    expect(await alice.at.reaches(CLOSED)).toBe(false);
    expect(await reaches(bob, OPEN, true)).toBe(true);
    expect(await alice.at.reaches("10.77.0.3")).toBe(false);
  });

  test("a device that is revoked is out within five seconds, and the other goes on", async () => {
    expect(await reaches(alice, OPEN, true)).toBe(true);
    await trpc(page, "devices.revoke", { id: alice.deviceId });
    expect(await reaches(alice, OPEN, false)).toBe(false);
    expect(await bob.at.reaches(OPEN)).toBe(true);
  });

  test("with the control plane gone everything goes on as it was", async ({ server }) => {
    await server.stop();
    expect(await reaches(bob, OPEN, true)).toBe(true);
    expect(await bob.at.reaches(CLOSED)).toBe(false);
  });
}
