import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rule, stateOf, type TestDevice } from "@/agent/testing/gateway-states";
import type { GatewayState } from "@/server/modules/gateways/state.schema";
import { sayNotTried, tunnelObstacles } from "@/server/testing/network-namespaces";
import { asPeer, type SceneDevice, TunnelScene, until } from "@/server/testing/tunnel-scene";

const obstacles = tunnelObstacles();
const LAN = "10.20.0.2";
const built = mkdtempSync(join(tmpdir(), "kw-built-"));
let scene: TunnelScene;
let alice: SceneDevice;
let bob: SceneDevice;

const intoLan = [rule("allow", "10.20.0.0/24"), rule("allow", "fd20::/64")];

/** A state with both devices, as they are allowed unless a test says otherwise. */
const usual = (change: Partial<Record<"alice" | "bob", TestDevice>> = {}, settings = {}): GatewayState =>
  stateOf([change.alice ?? asPeer(alice, intoLan), change.bob ?? asPeer(bob, [])], {
    addresses: ["10.77.0.1/16", "fd77::1/64"],
    ...settings,
  });

async function publish(state: GatewayState): Promise<void> {
  expect(await scene.publish(state)).toBe("applied");
}

const nowS = () => Math.floor(Date.now() / 1000);
const reaches = (device: SceneDevice, address: string, wanted: boolean) =>
  device.at.reachesIn(address, { wanted, seconds: wanted ? 20 : 5 });

/** A device that reads what a host of the private network sends without end; says how much has come so far. */
async function openFlow(device: SceneDevice): Promise<() => number> {
  const serve = `require("node:net").createServer((s) => { const t = setInterval(() => s.write("x"), 20);
    s.on("error", () => clearInterval(t)); }).listen(8080, "${LAN}", () => console.log("ready"));`;
  const server = scene.lan.start(process.execPath, ["-e", serve]);
  await new Promise((resolve) => server.stdout?.once("data", resolve));
  const read = `require("node:net").connect(8080, "${LAN}").on("data", (d) => process.stdout.write(d))`;
  const client = device.at.start(process.execPath, ["-e", read]);
  let bytes = 0;
  client.stdout?.on("data", (data: Buffer) => {
    bytes += data.length;
  });
  await until(() => bytes > 5, 5);
  return () => bytes;
}

if (obstacles.length > 0) {
  sayNotTried(obstacles);
  it(`tunnels were not tried: ${obstacles.join("; ")}`, () => {
    // A machine that promises to try them must be able to.
    expect(process.env.KEYWARD_TUNNELS).not.toBe("required");
  });
} else {
  describe("a gateway", { timeout: 90_000 }, () => {
    beforeAll(async () => {
      execFileSync(process.execPath, ["scripts/build-agent.mjs", built]);
      scene = new TunnelScene(built);
      await scene.enrol();
      scene.start("--confirm-removals-after", "3");
      await until(() => scene.peer.gateway.hellos.length > 0, 10);
      alice = scene.device(1, ["10.77.0.5", "fd77::5"]);
      bob = scene.device(2, ["10.77.0.6"]);
    });
    afterAll(async () => {
      await scene.dispose();
      rmSync(built, { recursive: true, force: true });
    });

    it("lets a device in from the address it has of another gateway, and leads the answers back into the tunnel", async () => {
      const [carol, dave] = [scene.device(3, ["10.88.0.5"]), scene.device(4, ["10.88.0.6"])];
      const routes = () => scene.gateway.run("ip", "route", "show", "dev", scene.interfaceName, "proto", "static");
      const foreign = (device: SceneDevice, own: string) => ({
        ...asPeer(device, intoLan),
        addresses: [own, ...device.addresses],
      });
      const state = stateOf([foreign(carol, "10.77.0.8"), foreign(dave, "10.77.0.9")], {
        addresses: ["10.77.0.1/16", "fd77::1/64"],
        masquerade: true,
      });
      await publish(state);
      expect(await reaches(carol, LAN, true)).toBe(true);
      expect(await reaches(dave, LAN, true)).toBe(true);
      expect(routes()).toContain("10.88.0.5");
      await publish(stateOf([foreign(dave, "10.77.0.9")], { addresses: ["10.77.0.1/16"], masquerade: true }));
      expect(await reaches(carol, LAN, false)).toBe(false);
      expect(await reaches(dave, LAN, true)).toBe(true);
      expect(routes()).not.toContain("10.88.0.5");
    });

    it("lets a device reach what its policies allow, of either family, and hear the answers", async () => {
      await publish(usual());
      expect(await reaches(alice, LAN, true)).toBe(true);
      expect(await reaches(alice, "fd20::2", true)).toBe(true);
    });

    it("keeps from a device what its policies deny, or do not name, and says which was denied", async () => {
      const rules = [rule("deny", "10.20.0.3/32"), rule("allow", "10.20.0.0/24")];
      await publish(usual({ alice: asPeer(alice, rules), bob: asPeer(bob, []) }));
      expect(await reaches(alice, LAN, true)).toBe(true);
      const denied = await alice.at.attempt("ping", ["-n", "-c", "1", "-W", "1", "10.20.0.3"]);
      expect(denied).toMatchObject({ code: 1, out: expect.stringContaining("filtered") });
      expect(await reaches(bob, LAN, false)).toBe(false);
      expect(await reaches(alice, "fd20::2", false)).toBe(false);
    });

    it("keeps the devices from each other and the private network from the devices", async () => {
      await publish(usual({ bob: asPeer(bob, intoLan) }));
      expect(await reaches(bob, LAN, true)).toBe(true);
      expect(await bob.at.reaches("10.77.0.5")).toBe(false);
      expect(await scene.lan.reaches("10.77.0.5")).toBe(false);
      await publish(usual({ bob: asPeer(bob, [rule("allow", "10.77.0.5/32")]) }));
      expect(await reaches(bob, "10.77.0.5", true)).toBe(true);
    });

    it("drops what a peer without a profile sends", async () => {
      await publish(usual({ bob: asPeer(bob, undefined) }));
      expect(await bob.at.reaches(LAN)).toBe(false);
      expect(await reaches(bob, "10.77.0.1", true)).toBe(true);
    });

    it("answers an echo request itself, and has nothing else open in the tunnel", async () => {
      const listen = `require("node:net").createServer().listen(2222, "0.0.0.0", () => console.log("ready"));`;
      const server = scene.gateway.start(process.execPath, ["-e", listen]);
      await new Promise((resolve) => server.stdout?.once("data", resolve));
      const tryIt = (address: string) =>
        `require("node:net").connect(2222, "${address}").on("connect", () => process.exit(0));
       setTimeout(() => process.exit(9), 1500);`;
      expect(await reaches(alice, "10.77.0.1", true)).toBe(true);
      for (const address of ["10.77.0.1", "10.20.0.1"]) {
        expect((await alice.at.attempt(process.execPath, ["-e", tryIt(address)])).code).toBe(9);
      }
      expect((await scene.lan.attempt(process.execPath, ["-e", tryIt("10.20.0.1")])).code).toBe(0);
    });

    it("with `internet` lets a device out to public addresses only, under its own address", async () => {
      await publish(usual({ alice: asPeer(alice, [rule("allow", "internet")]) }, { masquerade: true }));
      expect(await reaches(alice, "198.51.100.2", true)).toBe(true);
      expect(await alice.at.reaches(LAN)).toBe(false);
      expect(await alice.at.reaches("10.77.0.6")).toBe(false);
    });

    it("cuts a running connection when its rule goes, and leaves it alone when another one does", async () => {
      await publish(usual({ bob: asPeer(bob, intoLan) }));
      const bytes = await openFlow(alice);
      await publish(usual({ bob: asPeer(bob, []) }));
      const atOther = bytes();
      expect(await until(() => bytes() > atOther + 10, 5)).toBe(true);
      await publish(usual({ alice: asPeer(alice, [rule("allow", "10.20.0.3/32")]) }));
      await sleep(300);
      const atOwn = bytes();
      await sleep(2000);
      // One segment may be on its way; what it is not is a connection that goes on.
      expect(bytes() - atOwn).toBeLessThan(10);
    });

    it("takes nothing of a state that is cut short, empty, or not the one its ETag names", async () => {
      await publish(usual());
      const other = Buffer.from(JSON.stringify(usual({ alice: asPeer(alice, []) })));
      const { gateway } = scene.peer;
      const etag = createHash("sha256").update(other).digest("hex");
      for (const [bytes, named] of [
        [other.subarray(0, -2), etag],
        [Buffer.alloc(0), etag],
        [other, "0".repeat(64)],
      ] as const) {
        gateway.statuses.length = 0;
        gateway.publishBytes(Buffer.from(bytes), named);
        expect(await scene.outcomeOf(named, "failed")).toMatch(/^failed: /);
        expect(await reaches(alice, LAN, true)).toBe(true);
        await publish(usual());
      }
    });

    it("holds back a state that removes most peers until the server says it again", async () => {
      const crowd = Array.from({ length: 30 }, (_, index): TestDevice => {
        const publicKey = createHash("sha256").update(`${index}`).digest("base64");
        return { publicKey, addresses: [`10.77.9.${index + 1}`], rules: [] };
      });
      const peers = () => scene.gateway.run("wg", "show", scene.interfaceName, "peers").trim().split("\n").length;
      const own = [asPeer(alice, intoLan), asPeer(bob, [])];
      await publish(stateOf([...own, ...crowd]));
      expect(peers()).toBe(32);
      const etag = scene.peer.gateway.publish(stateOf(own));
      expect(await scene.outcomeOf(etag, "held")).toMatch(/^held: /);
      expect(peers()).toBe(32);
      expect(await scene.outcomeOf(etag)).toBe("applied");
      expect(peers()).toBe(2);
    });

    it("puts its rules back when somebody flushes them", async () => {
      await publish(usual());
      scene.gateway.run("nft", "flush", "ruleset");
      const rules = () => scene.gateway.run("nft", "list", "ruleset");
      expect(await until(() => rules().includes(scene.interfaceName), 12)).toBe(true);
      expect(await bob.at.reachesIn(LAN, { wanted: false, seconds: 12 })).toBe(false);
      expect(await reaches(alice, LAN, true)).toBe(true);
    });

    it("counts, and tells what changed since it told last", async () => {
      expect(await until(() => scene.peer.gateway.stats.length > 0, 40)).toBe(true);
      const peers = scene.peer.gateway.stats.flatMap((stats) => stats.peers);
      const own = peers.find(({ publicKey }) => publicKey === alice.publicKey);
      expect(own?.rxBytes).toBeGreaterThan(0);
      expect(own?.lastHandshakeAt).toBeGreaterThan(nowS() - 200);
      expect(own?.endpoint).toMatch(/^192\.0\.2\.6:\d+$/);
    });

    it("removes a peer when its time is over, though the server is away", async () => {
      await publish(usual({ alice: asPeer(alice, intoLan, nowS() + 5), bob: asPeer(bob, intoLan) }));
      scene.serverIs("away");
      expect(await reaches(alice, LAN, true)).toBe(true);
      expect(await alice.at.reachesIn(LAN, { wanted: false, seconds: 12 })).toBe(false);
      expect(scene.gateway.run("wg", "show", scene.interfaceName, "peers")).not.toContain(alice.publicKey);
      expect(await reaches(bob, LAN, true)).toBe(true);
    });

    it("leaves the tunnel as it is when stopped, takes it down when told, and brings it back without the server", async () => {
      await scene.stop();
      expect(await bob.at.reaches(LAN)).toBe(true);
      await scene.command("down");
      expect(scene.gateway.run("nft", "list", "ruleset")).toBe("");
      expect(await bob.at.reaches(LAN)).toBe(false);
      scene.start();
      // A device notices only after 15 s that its gateway has forgotten their session.
      expect(await bob.at.reachesIn(LAN, { wanted: true, seconds: 40 })).toBe(true);
      expect(await alice.at.reaches(LAN)).toBe(false);
      const status: unknown = JSON.parse(await scene.command("status", "--json"));
      expect(status).toMatchObject({ isUp: true, peers: 1, interface: scene.interfaceName });
    });

    it("started with another interface takes down the one it had, and its rules, and lets the same devices in", async () => {
      const [own, other] = [scene.interfaceName, scene.network.interfaceName()];
      const isThere = (name: string) => scene.gateway.run("ip", "-o", "link").includes(` ${name}: `);
      for (const [before, next] of [
        [own, other],
        [other, own],
      ] as const) {
        await scene.stop();
        expect(isThere(before)).toBe(true);
        scene.start("--interface", next);
        expect(await until(() => isThere(next), 10)).toBe(true);
        expect(isThere(before)).toBe(false);
        expect(scene.gateway.run("nft", "list", "tables").trim()).toBe(`table inet keyward_${next}`);
        // A device notices only after 15 s that its gateway has forgotten their session.
        expect(await bob.at.reachesIn(LAN, { wanted: true, seconds: 40 })).toBe(true);
      }
    });

    it("lets nobody in once the server has been away for too long, and everybody when it is back", async () => {
      await scene.stop();
      scene.start("--max-stale-days", "0.0001");
      expect(await bob.at.reachesIn(LAN, { wanted: false, seconds: 15 })).toBe(false);
      expect(scene.gateway.run("wg", "show", scene.interfaceName, "peers")).toBe("");
      scene.serverIs("there");
      expect(await bob.at.reachesIn(LAN, { wanted: true, seconds: 40 })).toBe(true);
    });

    it("that is unenrolled leaves neither tunnel nor rules behind", async () => {
      expect(scene.gateway.run("nft", "list", "tables")).not.toBe("");
      await scene.stop();
      const copy = join(built, "state");
      execFileSync("cp", ["-a", scene.stateDir, copy]);
      await scene.agentCommand(["unenrol", "--yes", "--local"], copy);
      expect(scene.gateway.run("nft", "list", "ruleset")).toBe("");
      expect(scene.gateway.run("ip", "-o", "link")).not.toContain(scene.interfaceName);
    });

    it("whose device was retired takes its tunnel down and ends", async () => {
      scene.peer.status = "retired";
      await scene.stop();
      scene.start();
      expect(await until(() => scene.said.includes("the tunnel is taken down"), 30)).toBe(true);
      await until(() => scene.gateway.run("nft", "list", "ruleset") === "", 10);
      expect(scene.gateway.run("nft", "list", "ruleset")).toBe("");
    });
  });
}
