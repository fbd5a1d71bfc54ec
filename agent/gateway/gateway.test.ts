import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readProgress, readState } from "@/agent/gateway/store";
import { stateOf } from "@/agent/testing/gateway-states";
import { ANN, BEN, DAY_S, deviceOf, gatewayMachine, LoneGateway, START_S } from "@/agent/testing/lone-gateway";
import { type SandboxMachine, sandboxObstacles } from "@/agent/testing/network-sandbox";
import type { GatewayState } from "@/server/modules/gateways/state.schema";
import { sayNotTried } from "@/server/testing/network-namespaces";

const obstacles = sandboxObstacles("nft", "sysctl");
const both = (annsEnd?: number): GatewayState =>
  stateOf([deviceOf(ANN, "10.77.0.5", annsEnd), deviceOf(BEN, "10.77.0.6")]);

let machine: SandboxMachine;
let lone: LoneGateway;

if (obstacles.length > 0) {
  sayNotTried(obstacles);
  it(`a gateway without its server was not tried: ${obstacles.join("; ")}`, () => {
    expect(process.env.KEYWARD_TUNNELS).not.toBe("required");
  });
} else {
  describe("a gateway", { timeout: 60_000 }, () => {
    beforeAll(async () => {
      machine = await gatewayMachine();
    });
    afterAll(() => machine?.dispose());

    beforeEach(() => {
      lone = new LoneGateway(machine);
      vi.useFakeTimers({ toFake: ["performance"] });
      for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "write").mockReturnValue(true);
    });
    afterEach(async () => {
      vi.useRealTimers();
      vi.restoreAllMocks();
      await lone.dispose();
    });

    it("started without the server has the last state, but for whose time is over", async () => {
      await lone.say(lone.start(), both(lone.nowS + 60));
      await lone.enforcement().remove();
      lone.nowS += 61;
      const gateway = lone.start();
      await gateway.settle();
      expect(await lone.peers()).toEqual([BEN]);
      expect(await lone.rules()).toContain("10.77.0.6 : goto");
      expect(await lone.rules()).not.toContain("10.77.0.5");
    });

    it("knows after a restart when the server was last heard, though nothing had changed since long before", async () => {
      const gateway = lone.start();
      await lone.say(gateway, both());
      for (; lone.nowS < START_S + 1000; lone.nowS += 25) gateway.confirmed();
      lone.nowS = START_S + 7 * DAY_S + 500;
      const next = lone.start();
      await next.settle();
      expect(await lone.peers()).toHaveLength(2);
      lone.nowS += 501;
      await next.settle();
      expect(await lone.peers()).toEqual([]);
      next.confirmed();
      await next.settle();
      expect(await lone.peers()).toHaveLength(2);
    });

    it("that lost what it knew of the server's last word counts from when the state came", async () => {
      await lone.say(lone.start(), both());
      writeFileSync(join(lone.dir, "progress.json"), "{");
      lone.nowS = Math.floor(Date.now() / 1000) + 6 * DAY_S;
      const gateway = lone.start();
      await gateway.settle();
      expect(await lone.peers()).toHaveLength(2);
      lone.nowS += 2 * DAY_S;
      await gateway.settle();
      expect(await lone.peers()).toEqual([]);
    });

    it("whose clock was set back goes on from when the server was heard, and ends what is over then", async () => {
      await lone.say(lone.start(), both(START_S + 60));
      lone.nowS = 0;
      const gateway = lone.start();
      await gateway.settle();
      expect(await lone.peers()).toHaveLength(2);
      vi.advanceTimersByTime(61_000);
      await gateway.settle();
      expect(await lone.peers()).toEqual([BEN]);
      vi.advanceTimersByTime(7 * DAY_S * 1000);
      await gateway.settle();
      expect(await lone.peers()).toEqual([]);
    });

    it("comes back from a time that the server was wrong about", async () => {
      lone.nowS = START_S + 365 * DAY_S;
      const gateway = lone.start();
      await lone.say(gateway, both(START_S + DAY_S));
      expect(await lone.peers()).toEqual([BEN]);
      lone.nowS = START_S;
      gateway.confirmed();
      await gateway.settle();
      expect(await lone.peers()).toHaveLength(2);
      expect(readProgress(lone.dir).confirmedAt).toBe(START_S);
    });

    it("whose disk is full lets nobody stay whom the server wants out, says so, and writes the state once it can", async () => {
      const gateway = lone.start();
      await lone.say(gateway, both());
      const full = ["state", "progress.json"].map((name) => join(lone.dir, name));
      // Nothing can be put in the place of a directory that is not empty.
      for (const path of full) {
        rmSync(path);
        mkdirSync(join(path, "x"), { recursive: true });
      }
      const next = stateOf([deviceOf(BEN, "10.77.0.6")]);
      await lone.say(gateway, next);
      expect(await lone.peers()).toEqual([BEN]);
      expect(gateway.news).toMatchObject({
        outcome: "failed",
        error: expect.stringContaining("not written down"),
      });
      for (const path of full) rmSync(path, { recursive: true });
      gateway.confirmed();
      expect(gateway.news).toMatchObject({ etag: gateway.etag, outcome: "applied" });
      expect(readState(lone.dir)).toMatchObject({ ok: true, etag: gateway.etag });
      expect(readdirSync(lone.dir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
      expect(JSON.parse(readFileSync(join(lone.dir, "progress.json"), "utf8"))).toMatchObject({ outcome: "applied" });
    });
  });
}
