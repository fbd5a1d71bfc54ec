import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { etagOf } from "@/agent/gateway/checked-state";
import { readProgress, readState } from "@/agent/gateway/store";
import { rule, stateOf } from "@/agent/testing/gateway-states";
import { ANN, BEN, CAT, DAY_S, deviceOf, gatewayMachine, LoneGateway } from "@/agent/testing/lone-gateway";
import { type SandboxMachine, sandboxObstacles } from "@/agent/testing/network-sandbox";
import { canonicalJson } from "@/server/core/canonical-hash";
import { sayNotTried } from "@/server/testing/network-namespaces";

const obstacles = sandboxObstacles("nft", "sysctl");
const HOUR_S = 3600;
const RETRY_MS = 5001;
const both = stateOf([deviceOf(ANN, "10.77.0.5"), deviceOf(BEN, "10.77.0.6")]);
const ben = stateOf([deviceOf(BEN, "10.77.0.6")]);
const benAndCat = stateOf([deviceOf(BEN, "10.77.0.6"), deviceOf(CAT, "10.77.0.7")]);
const nameOf = (state: typeof both) => etagOf(Buffer.from(canonicalJson(state)));

let machine: SandboxMachine;
let lone: LoneGateway;

const stateFile = () => join(lone.dir, "state");
const cutShort = () => writeFileSync(stateFile(), "x");
function makeUnreadable() {
  rmSync(stateFile());
  mkdirSync(stateFile());
}

if (obstacles.length > 0) {
  sayNotTried(obstacles);
  it(`a gateway under faults was not tried: ${obstacles.join("; ")}`, () => {
    expect(process.env.KEYWARD_TUNNELS).not.toBe("required");
  });
} else {
  describe("under faults", { timeout: 60_000 }, () => {
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

    describe("a gateway whose state is", () => {
      it.each([
        ["damaged", cutShort, 7 * DAY_S],
        ["unreadable", makeUnreadable, 7 * DAY_S],
        ["gone", () => rmSync(stateFile()), 7 * DAY_S],
        ["damaged, where no absence of the server is too long,", cutShort, 0],
      ])("%s leaves whom it finds in the tunnel for an hour after the server was heard", async (_, lose, maxStaleS) => {
        lone = new LoneGateway(machine, maxStaleS);
        await lone.say(lone.start(), both);
        lose();
        lone.nowS += HOUR_S;
        const gateway = lone.start();
        await gateway.settle();
        expect(gateway.current?.peers).toHaveLength(2);
        expect(await lone.peers()).toHaveLength(2);
        lone.nowS += 1;
        await gateway.settle();
        expect(await lone.peers()).toEqual([]);
        expect(await lone.rules()).toBe("");
        await lone.say(gateway, ben);
        expect(await lone.peers()).toEqual([BEN]);
        if (lose !== makeUnreadable) expect(readState(lone.dir)).toMatchObject({ ok: true, etag: nameOf(ben) });
      });

      it("gone lets nobody stay if it cannot say either when the server was heard", async () => {
        await lone.say(lone.start(), both);
        rmSync(stateFile());
        rmSync(join(lone.dir, "progress.json"));
        const gateway = lone.start();
        await gateway.settle();
        expect(await lone.peers()).toEqual([]);
        expect(gateway.current?.peers).toHaveLength(2);
      });

      it("gone, and its key with it, leaves a tunnel alone that is not its own", async () => {
        await lone.say(lone.start(), both);
        for (const name of ["state", "progress.json", "tunnel.key"]) rmSync(join(lone.dir, name));
        const gateway = lone.start();
        await gateway.settle();
        expect(await lone.peers()).toHaveLength(2);
        expect(gateway.current?.peers).toEqual([]);
      });
    });

    describe("a gateway that nftables will not obey", () => {
      it("lets nobody stay whom the server wants out, brings nobody back, and says which state it did not take", async () => {
        const gateway = lone.start();
        await lone.say(gateway, both);
        await lone.withoutNft(async () => {
          await lone.say(gateway, benAndCat);
          expect(await lone.peers()).toEqual([BEN]);
          expect(gateway.news).toMatchObject({ etag: nameOf(benAndCat), outcome: "failed" });
          vi.advanceTimersByTime(RETRY_MS);
          await gateway.settle();
          expect(await lone.peers()).toEqual([BEN]);
        });
        vi.advanceTimersByTime(RETRY_MS);
        await gateway.settle();
        expect(await lone.peers()).toEqual([BEN]);
        expect(await lone.rules()).not.toContain("10.77.0.5");
        // That it goes on with what is left is no answer to what the server wants.
        expect(gateway.news).toMatchObject({ etag: nameOf(benAndCat), outcome: "failed" });
        await lone.enforcement().remove();
        const restarted = lone.start();
        await restarted.settle();
        expect(await lone.peers()).toEqual([BEN]);
        await lone.say(restarted, benAndCat);
        expect(restarted.news).toMatchObject({ etag: nameOf(benAndCat), outcome: "applied" });
        expect(await lone.peers()).toEqual([BEN, CAT].sort());
      });

      it("says that a state is in force only when it is, also if nothing but a removal is missing", async () => {
        const gateway = lone.start();
        await lone.say(gateway, both);
        const heardAt = lone.nowS;
        await lone.withoutNft(() => lone.say(gateway, ben));
        lone.nowS += HOUR_S;
        gateway.confirmed();
        expect(gateway.news).toMatchObject({ etag: nameOf(ben), outcome: "failed" });
        expect(readProgress(lone.dir).confirmedAt).toBe(heardAt);
        vi.advanceTimersByTime(RETRY_MS);
        await gateway.settle();
        expect(gateway.news).toMatchObject({ etag: nameOf(ben), outcome: "applied" });
        gateway.confirmed();
        expect(readProgress(lone.dir).confirmedAt).toBe(lone.nowS);
      });

      it("lets nobody in any more when it could not do what the server wants for too long", async () => {
        const gateway = lone.start();
        await lone.say(gateway, both);
        const heardAt = lone.nowS;
        const lessForAnn = stateOf([
          { ...deviceOf(ANN, "10.77.0.5"), rules: [rule("deny", "10.20.0.0/24")] },
          deviceOf(BEN, "10.77.0.6"),
        ]);
        await lone.withoutNft(async () => {
          for (const days of [1, 6]) {
            lone.nowS = heardAt + days * DAY_S;
            await lone.say(gateway, lessForAnn);
          }
          vi.advanceTimersByTime(RETRY_MS);
          await gateway.settle();
          expect(await lone.peers()).toHaveLength(2);
          expect(readProgress(lone.dir).confirmedAt).toBe(heardAt);
          lone.nowS += DAY_S + 1;
          await gateway.settle();
          expect(await lone.peers()).toEqual([]);
        });
        await lone.say(gateway, lessForAnn);
        expect(await lone.peers()).toHaveLength(2);
        expect(readProgress(lone.dir).confirmedAt).toBe(lone.nowS);
      });

      it("ends what is over all the same", async () => {
        const gateway = lone.start();
        await lone.say(gateway, stateOf([deviceOf(ANN, "10.77.0.5", lone.nowS + 60), deviceOf(BEN, "10.77.0.6")]));
        lone.nowS += 61;
        await lone.withoutNft(() => gateway.settle());
        expect(await lone.peers()).toEqual([BEN]);
      });
    });
  });
}
