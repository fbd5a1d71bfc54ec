import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { etagOf } from "@/agent/gateway/checked-state";
import { Enforcement } from "@/agent/gateway/enforcement";
import { Gateway } from "@/agent/gateway/gateway";
import { Line } from "@/agent/gateway/line";
import { Poll } from "@/agent/gateway/poll";
import { openGatewayDir, readProgress, readState } from "@/agent/gateway/store";
import { openTunnelKey } from "@/agent/gateway/tunnel-key";
import { stateOf } from "@/agent/testing/gateway-states";
import { type SandboxMachine, sandboxMachines, sandboxObstacles } from "@/agent/testing/network-sandbox";
import type { PeerAnswer } from "@/agent/testing/peer";
import { createScene, type Scene } from "@/agent/testing/temporary-device";
import { canonicalJson } from "@/server/core/canonical-hash";
import { deltaBetween, sharing } from "@/server/modules/gateways/delta";
import type { GatewayState } from "@/server/modules/gateways/state.schema";
import { sayNotTried } from "@/server/testing/network-namespaces";

const obstacles = sandboxObstacles("nft", "sysctl");
const MANY = 30;
const fleet = (count: number): GatewayState =>
  stateOf(
    Array.from({ length: count }, (_, index) => ({
      publicKey: createHash("sha256").update(`${index}`).digest("base64"),
      addresses: [`10.77.9.${index + 1}`],
      rules: [],
    })),
  );

let machine: SandboxMachine;
let scene: Scene;
let gateway: Gateway;
let enforcement: Enforcement;
let dir: string;
let nowS = 1_800_000_000;
let ended: AbortController;
let polling: Promise<void>;

async function start(): Promise<void> {
  const device = await scene.enrolled();
  dir = openGatewayDir(scene.dir);
  const key = openTunnelKey(dir);
  enforcement = new Enforcement("kwg0", key, machine);
  const clock = { nowS: () => nowS, adjust: () => undefined, offsetS: 0 };
  gateway = new Gateway(dir, enforcement, { clock, limits: { maxStaleS: 0 }, interfaceName: "kwg0" });
  await gateway.settle();
  ended = new AbortController();
  const { signal } = ended;
  const options = { endpoint: null, publicKey: key.publicKey, holdS: 3, onDoubt: () => undefined };
  // The agent's pauses, cut short.
  const sleep = (ms: number) => delay(Math.min(Math.max(ms, 20), 200));
  polling = new Poll(gateway, new Line(device, signal), options).run(sleep, signal);
}

async function stop(): Promise<void> {
  ended.abort();
  scene.peer.gateway.dispose();
  await polling;
}

/** What the gateway has told of its states so far. */
const told = () => scene.peer.gateway.statuses.map(({ etag, outcome }) => `${etag} ${outcome}`);
const tells = (etag: string, outcome: string) =>
  vi.waitFor(() => expect(told()).toContain(`${etag} ${outcome}`), { timeout: 30_000, interval: 20 });
const peers = async () => (await machine.run("wg", ["show", "kwg0", "peers"])).split("\n").filter(Boolean).length;

if (obstacles.length > 0) {
  sayNotTried(obstacles);
  it(`what a server says was not tried: ${obstacles.join("; ")}`, () => {
    expect(process.env.KEYWARD_TUNNELS).not.toBe("required");
  });
} else {
  describe("a gateway whose server", { timeout: 60_000 }, () => {
    beforeAll(async () => {
      const [only] = await sandboxMachines(1);
      if (!only) throw new TypeError("a machine was made");
      machine = only;
      await machine.run("sysctl", ["-qw", "net.ipv4.ip_forward=1"]);
    });
    afterAll(() => machine?.dispose());

    beforeEach(async () => {
      for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "write").mockReturnValue(true);
      scene = await createScene();
      await start();
      await tells(scene.peer.gateway.publish(fleet(MANY)), "applied");
    });
    afterEach(async () => {
      await stop();
      await enforcement.remove();
      await scene.dispose();
      vi.restoreAllMocks();
    });

    it("takes back what would remove most peers never loses them, and waits anew when it is said again", async () => {
      const { gateway: server } = scene.peer;
      const few = server.publish(fleet(1));
      await tells(few, "held");
      server.statuses.length = 0;
      const before = server.publish(fleet(MANY));
      await tells(before, "applied");
      expect(await peers()).toBe(MANY);
      await delay(3000);
      server.statuses.length = 0;
      server.publish(fleet(1));
      await tells(few, "held");
      expect(told()).toEqual([`${few} held`]);
      expect(await peers()).toBe(MANY);
      await tells(few, "applied");
      expect(await peers()).toBe(1);
    });

    it("would remove most of the peers that run since before is not believed at once, though the state on disk is damaged", async () => {
      await stop();
      writeFileSync(join(dir, "state"), "x");
      scene.peer.gateway.statuses.length = 0;
      const few = scene.peer.gateway.publish(fleet(1));
      await start();
      await tells(few, "held");
      expect(await peers()).toBe(MANY);
      await tells(few, "applied");
      expect(await peers()).toBe(1);
    });

    it("allows such a removal has it at once", async () => {
      const allowed = scene.peer.gateway.publish({ ...fleet(1), isMassRemovalAllowed: true });
      await tells(allowed, "applied");
      expect(told()).not.toContain(`${allowed} held`);
      expect(await peers()).toBe(1);
    });

    it("says what has changed has that made out of what is here, and what does not fit is asked for whole", async () => {
      const { peer } = scene;
      const sorted = (count: number): GatewayState => {
        const state = fleet(count);
        return { ...state, peers: state.peers.toSorted((a, b) => (a.publicKey < b.publicKey ? -1 : 1)) };
      };
      const snapshot = (state: GatewayState) => ({ state, etag: etagOf(Buffer.from(canonicalJson(state))) });
      const base = snapshot(sorted(MANY));
      peer.gateway.publish(base.state);
      await tells(base.etag, "applied");
      const deltaTo = (state: GatewayState, etag = snapshot(state).etag) => {
        const delta = { ...deltaBetween(base, snapshot(sharing(base.state, state))), etag };
        peer.instead = ({ route, headers }) =>
          route === "GET /state" &&
          headers.get("if-none-match") === `"${base.etag}"` &&
          headers.get("a-im") === "wg-delta"
            ? { status: 226, bytes: Buffer.from(JSON.stringify(delta)), headers: { etag: `"${etag}"` } }
            : undefined;
        peer.gateway.dispose();
      };
      const fewer = sorted(MANY - 2);
      deltaTo(fewer, "0".repeat(64));
      await vi.waitFor(
        () => expect(process.stderr.write).toHaveBeenCalledWith(expect.stringContaining("asking for the whole")),
        {
          timeout: 30_000,
        },
      );
      expect(gateway.etag).toBe(base.etag);
      expect(await peers()).toBe(MANY);
      deltaTo(fewer);
      await tells(snapshot(fewer).etag, "applied");
      expect(await peers()).toBe(MANY - 2);
      expect(readState(dir)).toMatchObject({ ok: true, etag: snapshot(fewer).etag });
    });

    const empty = { status: 200, bytes: Buffer.alloc(0), headers: { etag: `"${"0".repeat(64)}"` } };
    it.each<[string, PeerAnswer]>([
      ["answers with an error", { status: 503, body: { type: "/problems/unavailable", status: 503, title: "no" } }],
      ["answers with nothing", empty],
      ["is somebody else, who did not sign", { ...empty, isUnsigned: true }],
      ["confirms another state than ours", { status: 304, headers: { etag: `"${"0".repeat(64)}"` } }],
    ])("%s keeps its peers, and does not count it as confirmed", async (_, answer) => {
      const { etag } = gateway;
      const confirmedAt = () => readProgress(dir).confirmedAt;
      const isAsked = (times: number) =>
        vi.waitFor(() => expect(asked).toBeGreaterThan(times), { timeout: 30_000, interval: 20 });
      let asked = 0;
      scene.peer.instead = ({ route }) => (route === "GET /state" && ++asked ? answer : undefined);
      scene.peer.gateway.dispose();
      // What was asked before has been answered then.
      await isAsked(0);
      nowS += 1000;
      await isAsked(4);
      expect(confirmedAt()).toBe(nowS - 1000);
      expect(gateway.etag).toBe(etag);
      expect(await peers()).toBe(MANY);
      scene.peer.instead = undefined;
      scene.peer.gateway.publish(fleet(MANY - 1));
      await vi.waitFor(() => expect(confirmedAt()).toBe(nowS), { timeout: 30_000, interval: 20 });
    });
  });
}
