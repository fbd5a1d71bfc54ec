import { expect, test } from "@playwright/test";
import type { AgentMachine } from "./fixtures/agent-machine";
import { OTHER_PORT, PORT } from "./fixtures/flow";
import { trpc } from "./fixtures/organisation";
import { only, PrivateNetwork } from "./fixtures/private-network";
import { canTryTunnels } from "./fixtures/tunnel-tests";

// What policies say, shown by the packets of two devices: through the real server, gateway, agents and tunnels.

const LAN = { network: "10.20.0.0/24" };
const [HERE, THERE] = ["10.20.0.2", "10.20.0.3"];
const INTERNET = "198.51.100.2";

let net: PrivateNetwork;
let alice: AgentMachine;
let bob: AgentMachine;

if (canTryTunnels("What policies do to packets")) {
  test.beforeAll(async ({ browser }) => {
    net = await PrivateNetwork.open(browser);
    alice = await net.device("alice");
    bob = await net.device("bob");
  });
  test.afterAll(() => net?.dispose());

  test("a device that no policy names reaches nothing behind the gateway, whatever it sends into its tunnel", async () => {
    alice.sendsInto("10.0.0.0/8");
    expect(await alice.reaches("10.77.0.1")).toBe(true);
    for (const address of [HERE, bob.address]) expect(await alice.reaches(address)).toBe(false);
    expect(await alice.greetedBy(HERE)).toBeUndefined();
  });

  test("a policy allows what it names, by ping and by TCP, and nothing else", async () => {
    await net.policiesAre({ destinations: [{ network: `${HERE}/32` }], targets: [only(bob)] });
    expect(await bob.reaches(HERE)).toBe(true);
    expect(await bob.greetedBy(HERE)).toBe("10.20.0.1");
    bob.sendsInto("10.20.0.0/24");
    expect(await bob.reaches(THERE)).toBe(false);
    expect(await bob.greetedBy(THERE)).toBeUndefined();
    expect(await alice.reaches(HERE)).toBe(false);
  });

  test("of an allow and a deny with one priority the deny decides", async () => {
    await net.policiesAre(
      { priority: 10, destinations: [LAN] },
      { priority: 10, effect: "deny", destinations: [{ network: `${THERE}/32` }] },
    );
    expect(await alice.reaches(HERE)).toBe(true);
    expect(await alice.reaches(THERE)).toBe(false);
    expect(await alice.greetedBy(THERE)).toBeUndefined();
  });

  test("the lower priority decides, whichever way it says and however wide either is", async () => {
    await net.policiesAre(
      { priority: 10, destinations: [LAN] },
      { priority: 20, effect: "deny", destinations: [{ network: `${THERE}/32` }] },
    );
    expect(await alice.reaches(THERE)).toBe(true);
    await net.policiesAre(
      { priority: 5, destinations: [{ network: `${THERE}/32` }] },
      { priority: 10, effect: "deny", destinations: [{ network: "10.0.0.0/8" }] },
      { priority: 20, destinations: [LAN] },
    );
    expect(await alice.reaches(THERE)).toBe(true);
    expect(await alice.reaches(HERE)).toBe(false);
  });

  test("IPv6 is decided like IPv4", async () => {
    await net.policiesAre(
      { destinations: [{ network: "fd20::/64" }] },
      { priority: 10, effect: "deny", destinations: [{ network: "fd20::3/128" }] },
    );
    expect(await alice.reaches("fd20::2")).toBe(true);
    expect(await alice.greetedBy("fd20::2")).toBe("fd20::1");
    expect(await alice.reaches("fd20::3")).toBe(false);
  });

  test("a policy for a protocol and a port opens that port and no other", async () => {
    const ports = { from: PORT, to: PORT };
    await net.policiesAre({ destinations: [{ network: `${HERE}/32`, protocol: "tcp", ports }] });
    expect(await alice.greetedBy(HERE, PORT)).toBe("10.20.0.1");
    expect(await alice.greetedBy(HERE, OTHER_PORT)).toBeUndefined();
    expect(await alice.reaches(HERE)).toBe(false);
  });

  test("devices are kept from each other, and the network behind the gateway from them, until a policy allows it", async () => {
    await net.policiesAre({ destinations: [LAN] });
    alice.sendsInto("10.77.0.0/24");
    expect(await alice.reaches(bob.address)).toBe(false);
    expect(await net.lan.reaches(bob.address)).toBe(false);
    await net.policiesAre({ destinations: [{ network: `${bob.address}/32` }], targets: [only(alice)] });
    expect(await alice.reaches(bob.address)).toBe(true);
    bob.sendsInto("10.77.0.0/24");
    expect(await bob.reaches(alice.address)).toBe(false);
  });

  test("a full tunnel takes everything, opens the internet through the gateway, and nothing private", async () => {
    await net.policiesAre({ fullTunnel: true, targets: [only(alice)] });
    for (const all of ["0.0.0.0/0", "::/0"]) expect(alice.wg("allowed-ips").join()).toContain(all);
    expect(await alice.reachesSoon(INTERNET)).toBe(true);
    expect(await alice.greetedBy(INTERNET)).toBe("198.51.100.1");
    for (const address of [HERE, bob.address, "169.254.169.254"]) expect(await alice.reaches(address)).toBe(false);
    bob.sendsInto("198.51.100.0/24");
    expect(await bob.reaches(INTERNET)).toBe(false);
    await net.policiesAre({ fullTunnel: true, targets: [only(alice)] }, { destinations: [LAN] });
    expect(await alice.reaches(INTERNET)).toBe(true);
    expect(await alice.reaches(HERE)).toBe(true);
  });

  test("a change of policy cuts a connection that is running, and no other", async () => {
    const [, own = ""] = await net.policiesAre(
      { destinations: [LAN], targets: [only(bob)] },
      { destinations: [LAN], targets: [only(alice)] },
    );
    const [cut, other] = [await alice.flow(HERE), await bob.flow(HERE)];
    await net.remove(own);
    await net.settled();
    expect(await cut.isCut()).toBe(true);
    expect(await other.goesOn()).toBe(true);
  });

  test("a device that is revoked is out within five seconds, its connections too, and the other goes on", async () => {
    await net.policiesAre({ destinations: [LAN] });
    const [cut, other] = [await alice.flow(HERE), await bob.flow(HERE)];
    const revokedAt = performance.now();
    await trpc(net.page, "devices.revoke", { id: alice.deviceId });
    expect(await cut.cutAfter(revokedAt)).toBeLessThan(5);
    expect(await alice.reaches("10.77.0.1")).toBe(false);
    expect(await other.goesOn()).toBe(true);
    expect(net.gateway.wg("peers")).toHaveLength(1);
  });
}
