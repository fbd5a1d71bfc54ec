import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { checkState, etagOf } from "@/agent/gateway/checked-state";
import { Enforcement } from "@/agent/gateway/enforcement";
import { Gateway } from "@/agent/gateway/gateway";
import { readProgress, readState } from "@/agent/gateway/store";
import { openTunnelKey } from "@/agent/gateway/tunnel-key";
import { rule, stateOf, type TestDevice } from "@/agent/testing/gateway-states";
import { type SandboxMachine, sandboxMachines, sandboxObstacles } from "@/agent/testing/network-sandbox";
import { canonicalJson } from "@/server/core/canonical-hash";
import type { GatewayState } from "@/server/modules/gateways/state.schema";
import { sayNotTried } from "@/server/testing/network-namespaces";

// A gateway without its server, on a machine that is walled off; time is what the tests say it is.

const obstacles = sandboxObstacles("nft", "sysctl");
const DAY_S = 86_400;
const START_S = 1_800_000_000;
const keyOf = (name: string) => createHash("sha256").update(name).digest("base64");
const [ANN, BEN] = [keyOf("Ann"), keyOf("Ben")];

const deviceOf = (publicKey: string, address: string, notAfter?: number): TestDevice => ({
  publicKey,
  addresses: [address],
  rules: [rule("allow", "10.20.0.0/24")],
  ...(notAfter !== undefined && { notAfter }),
});
const both = (annsEnd?: number): GatewayState =>
  stateOf([deviceOf(ANN, "10.77.0.5", annsEnd), deviceOf(BEN, "10.77.0.6")]);

let machine: SandboxMachine;
let dir: string;
/** The server's time as the machine reckons it. */
let nowS: number;

/** The gateway's program, started. */
function start(): Gateway {
  const enforcement = new Enforcement("kwg0", openTunnelKey(dir), machine);
  const clock = { nowS: () => nowS, adjust: () => undefined, offsetS: 0 };
  return new Gateway(dir, enforcement, { clock, limits: { maxStaleS: 7 * DAY_S }, interfaceName: "kwg0" });
}

/** The server says that this is the state. */
async function say(gateway: Gateway, state: GatewayState): Promise<void> {
  const bytes = Buffer.from(canonicalJson(state));
  const checked = checkState(bytes, etagOf(bytes));
  if (!checked.ok) throw new Error(checked.why);
  await gateway.accept(bytes, checked);
}

const peers = async () => (await machine.run("wg", ["show", "kwg0", "peers"])).split("\n").filter(Boolean).sort();
const rules = () => machine.run("nft", ["list", "table", "inet", "keyward_kwg0"]);

if (obstacles.length > 0) {
  sayNotTried(obstacles);
  it(`a gateway without its server was not tried: ${obstacles.join("; ")}`, () => {
    expect(process.env.KEYWARD_TUNNELS).not.toBe("required");
  });
} else {
  describe("a gateway", { timeout: 60_000 }, () => {
    beforeAll(async () => {
      const [only] = await sandboxMachines(1);
      if (!only) throw new TypeError("a machine was made");
      machine = only;
      await machine.run("sysctl", ["-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]);
    });
    afterAll(() => machine?.dispose());

    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), "kw-gateway-"));
      nowS = START_S;
      vi.useFakeTimers({ toFake: ["performance"] });
      for (const stream of [process.stdout, process.stderr]) vi.spyOn(stream, "write").mockReturnValue(true);
    });
    afterEach(async () => {
      vi.useRealTimers();
      vi.restoreAllMocks();
      await new Enforcement("kwg0", openTunnelKey(dir), machine).remove();
      rmSync(dir, { recursive: true, force: true });
    });

    it("started without the server has the last state, but for whose time is over", async () => {
      await say(start(), both(nowS + 60));
      await new Enforcement("kwg0", openTunnelKey(dir), machine).remove();
      nowS += 61;
      const gateway = start();
      await gateway.settle();
      expect(await peers()).toEqual([BEN]);
      expect(await rules()).toContain("10.77.0.6 : goto");
      expect(await rules()).not.toContain("10.77.0.5");
    });

    it("knows after a restart when the server was last heard, though nothing had changed since long before", async () => {
      const gateway = start();
      await say(gateway, both());
      for (; nowS < START_S + 1000; nowS += 25) gateway.confirmed();
      nowS = START_S + 7 * DAY_S + 500;
      const next = start();
      await next.settle();
      expect(await peers()).toHaveLength(2);
      nowS += 501;
      await next.settle();
      expect(await peers()).toEqual([]);
      next.confirmed();
      await next.settle();
      expect(await peers()).toHaveLength(2);
    });

    it("that lost what it knew of the server's last word counts from when the state came", async () => {
      await say(start(), both());
      writeFileSync(join(dir, "progress.json"), "{");
      nowS = Math.floor(Date.now() / 1000) + 6 * DAY_S;
      const gateway = start();
      await gateway.settle();
      expect(await peers()).toHaveLength(2);
      nowS += 2 * DAY_S;
      await gateway.settle();
      expect(await peers()).toEqual([]);
    });

    it("whose clock was set back goes on from when the server was heard, and ends what is over then", async () => {
      await say(start(), both(START_S + 60));
      nowS = 0;
      const gateway = start();
      await gateway.settle();
      expect(await peers()).toHaveLength(2);
      vi.advanceTimersByTime(61_000);
      await gateway.settle();
      expect(await peers()).toEqual([BEN]);
      vi.advanceTimersByTime(7 * DAY_S * 1000);
      await gateway.settle();
      expect(await peers()).toEqual([]);
    });

    it("comes back from a time that the server was wrong about", async () => {
      nowS = START_S + 365 * DAY_S;
      const gateway = start();
      await say(gateway, both(START_S + DAY_S));
      expect(await peers()).toEqual([BEN]);
      nowS = START_S;
      gateway.confirmed();
      await gateway.settle();
      expect(await peers()).toHaveLength(2);
      expect(readProgress(dir).confirmedAt).toBe(START_S);
    });

    it("whose disk is full lets nobody stay whom the server wants out, says so, and writes the state once it can", async () => {
      const gateway = start();
      await say(gateway, both());
      const full = ["state", "progress.json"].map((name) => join(dir, name));
      // Nothing can be put in the place of a directory that is not empty.
      for (const path of full) {
        rmSync(path);
        mkdirSync(join(path, "x"), { recursive: true });
      }
      const next = stateOf([deviceOf(BEN, "10.77.0.6")]);
      await say(gateway, next);
      expect(await peers()).toEqual([BEN]);
      expect(gateway.news).toMatchObject({
        outcome: "failed",
        error: expect.stringContaining("not written down"),
      });
      for (const path of full) rmSync(path, { recursive: true });
      gateway.confirmed();
      expect(gateway.news).toMatchObject({ etag: gateway.etag, outcome: "applied" });
      expect(readState(dir)).toMatchObject({ ok: true, etag: gateway.etag });
      expect(readdirSync(dir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
      expect(JSON.parse(readFileSync(join(dir, "progress.json"), "utf8"))).toMatchObject({ outcome: "applied" });
    });

    it("that nftables will not obey keeps the last good state, and says which it did not take", async () => {
      const gateway = start();
      await say(gateway, both());
      await machine.run("mount", ["--bind", "/bin/false", await nftAt()]);
      try {
        await say(gateway, stateOf([deviceOf(BEN, "10.77.0.6")]));
      } finally {
        await machine.run("umount", [await nftAt()]);
      }
      expect(await peers()).toHaveLength(2);
      expect(gateway.news).toMatchObject({ outcome: "failed" });
      expect(readState(dir)).toMatchObject({ etag: gateway.etag });
      expect(gateway.etag).toBe(etagOf(Buffer.from(canonicalJson(both()))));
    });

    const nftAt = async () => (await machine.run("sh", ["-c", 'readlink -f "$(command -v nft)"'])).trim();
  });
}
