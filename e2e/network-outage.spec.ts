import { expect, test } from "@playwright/test";
import type { AgentMachine } from "./fixtures/agent-machine";
import { inDatabase } from "./fixtures/database";
import { LyingProxy, lies } from "./fixtures/lying-proxy";
import { PrivateNetwork } from "./fixtures/private-network";
import { canTryTunnels } from "./fixtures/tunnel-tests";

// A gateway whose server answers wrongly, and then not at all.

const OPEN = "10.20.0.2";
/** Hosts of this network are opened one after the other, but for the last. */
const CLOSED = { effect: "deny", priority: 50, destinations: [{ network: "10.20.0.16/28" }] };
const NEVER_OPEN = "10.20.0.23";
const SECONDS_LEFT = 25;

const proxy = new LyingProxy();
let net: PrivateNetwork;
let alice: AgentMachine;
let bob: AgentMachine;

/** All that the gateway does, without what it counts. wireguard-go tells of its peers in any order. */
const rules = () => [net.gateway.wg("allowed-ips").toSorted(), net.gatewayAt.run("nft", "-s", "list", "ruleset")];

if (canTryTunnels("A gateway without its server")) {
  test.beforeAll(async ({ browser }) => {
    net = await PrivateNetwork.open(browser, { between: (port) => proxy.listen(port) });
    alice = await net.device("alice");
    bob = await net.device("bob");
    await net.policiesAre({ destinations: [{ network: "10.20.0.0/24" }] }, CLOSED);
  });
  test.afterAll(async () => {
    await net?.dispose();
    proxy.close();
  });

  for (const [index, [name, lie]] of Object.entries(lies).entries()) {
    test(`a state that comes as ${name} changes nothing, and the right one is taken after it`, async () => {
      const next = `10.20.0.${17 + index}`;
      const before = rules();
      Object.assign(proxy, { lie, told: 0 });
      await net.save(name, { priority: 10, destinations: [{ network: `${next}/32` }] });
      await expect.poll(() => proxy.told, { timeout: 30_000 }).toBeGreaterThan(0);
      expect(await alice.reaches(next)).toBe(false);
      for (const device of [alice, bob]) expect(await device.reaches(OPEN)).toBe(true);
      expect(rules()).toEqual(before);
      proxy.lie = undefined;
      await net.settled();
      expect(await alice.reaches(next)).toBe(true);
    });
  }

  test("with the server gone all goes on, and a tunnel ends when its time is over", async () => {
    const [own, other] = [await alice.flow(OPEN), await bob.flow(OPEN)];
    // The console counts a tunnel's days; this one has seconds left.
    await inDatabase(
      net.server,
      (sql) => sql`
        update wireguard_peers set not_after = now() + make_interval(secs => ${SECONDS_LEFT})
         where device_id = ${bob.deviceId} and state = 'active'`,
    );
    const endsAt = performance.now() + SECONDS_LEFT * 1000;
    await net.settled();
    await net.server.stop();
    expect(performance.now(), "the server is gone before the tunnel's end").toBeLessThan(endsAt);
    expect(await alice.reaches(OPEN)).toBe(true);
    expect(await alice.reaches(NEVER_OPEN)).toBe(false);
    const late = await other.cutAfter(endsAt);
    expect(late).toBeGreaterThan(-2);
    expect(late).toBeLessThan(5);
    expect(await bob.reaches("10.77.0.1")).toBe(false);
    expect(await own.goesOn()).toBe(true);
  });

  test("a gateway that is started while the server is gone works by what it knew, and lets nobody in again", async () => {
    const flow = await alice.flow(OPEN);
    await net.gateway.stop();
    expect(await flow.goesOn()).toBe(true);
    net.gatewayAt.run("ip", "link", "delete", "dev", net.gateway.interfaceName);
    net.gatewayAt.run("nft", "flush", "ruleset");
    net.gateway.start("gateway");
    await expect.poll(() => net.gateway.said, { timeout: 30_000 }).toMatch(/is in force without the expired/);
    expect(await alice.reachesSoon(OPEN)).toBe(true);
    expect(await alice.reaches(NEVER_OPEN)).toBe(false);
    expect(await bob.reaches("10.77.0.1")).toBe(false);
    expect(net.gateway.wg("peers")).toHaveLength(1);
  });
}
