import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Refused } from "@/agent/api";
import { cacheFile, loadDesiredState } from "@/agent/desired-state";
import { Device } from "@/agent/device";
import { Inventory } from "@/agent/facts/inventory";
import { keyFiles, loadKey } from "@/agent/keys";
import { rememberProblem } from "@/agent/remember";
import { runRound } from "@/agent/round";
import { readProgress } from "@/agent/state";
import { createServerKey, problem } from "@/agent/testing/peer";
import { createScene, type Scene } from "@/agent/testing/temporary-device";
import { desiredEtag } from "@/server/core/canonical-hash";

let scene: Scene;
let device: Device;
const inventory = new Inventory();
const round = () => runRound(device, inventory, "schedule");

beforeEach(async () => {
  scene = await createScene();
  device = await scene.enrolled();
});
afterEach(() => scene.dispose());

describe("a round", () => {
  it("hands over the facts wanted, brings about the desired state, reports it, and then has nothing to do", async () => {
    const { peer } = scene;
    const first = await round();
    expect(first).toMatchObject({ status: "active", isNewState: true, etag: desiredEtag(peer.document) });
    expect([...peer.facts.keys()].sort()).toEqual(["agent", "hardware", "network", "os", "packages"]);
    expect([...peer.reports.values()]).toMatchObject([{ etag: first.etag, summary: { failed: 0 } }]);
    expect(device.enrolment.tags).toEqual(["laptops"]);
    peer.requests.length = 0;
    expect(await round()).toMatchObject({ isNewState: false, sentFacts: [] });
    expect(peer.routes()).toEqual(["POST /checkins"]);
    expect(peer.requests[0]?.body).toMatchObject({ appliedEtag: first.etag });
    peer.tags = ["servers"];
    expect(await round()).toMatchObject({ isNewState: true });
    expect(device.enrolment.tags).toEqual(["servers"]);
  });

  it("does not believe a 304 that leaves another document in place than the one announced", async () => {
    await round();
    scene.peer.tags = ["servers"];
    let conditional = 0;
    scene.peer.instead = ({ route, headers }) => {
      if (route !== "GET /desired-state" || !headers.has("if-none-match")) return undefined;
      conditional += 1;
      return { status: 304 };
    };
    await round();
    expect(conditional).toBe(1);
    expect(device.enrolment.tags).toEqual(["servers"]);
  });

  it("reports an item of a type it does not know as failed, and asks for nothing again that was rejected", async () => {
    scene.peer.items = [{ id: "i1", type: "hologram" }];
    scene.peer.instead = ({ route }) => (route === "PUT /facts/packages" ? problem("too-large", 413) : undefined);
    await round();
    const [report] = scene.peer.reports.values();
    expect(report).toMatchObject({ items: [{ itemId: "i1", status: "failed", errorClass: "unsupported" }] });
    expect(Object.keys(device.progress.rejectedFacts)).toEqual(["packages"]);
    scene.peer.requests.length = 0;
    await round();
    expect(scene.peer.routes()).not.toContain("PUT /facts/packages");
  });

  it("keeps a report whose answer was lost, and sends it under the same id", async () => {
    scene.peer.after = ({ route }, answer) => (route === "POST /reports" ? { ...answer, loseIt: true } : undefined);
    await expect(round()).rejects.toThrow("does not answer");
    scene.peer.after = undefined;
    await round();
    expect(scene.peer.requests.filter(({ route }) => route === "POST /reports").length).toBe(2);
    expect(scene.peer.reports.size).toBe(1);
    expect(readdirSync(join(scene.dir, "spool"))).toEqual([]);
  });

  it("collects and hands over all facts afresh when told to", async () => {
    await round();
    scene.peer.directives = [{ type: "refresh-facts" }];
    expect((await round()).sentFacts).toEqual(["os", "hardware", "network", "packages", "agent"]);
  });

  it("passes over directives it does not know, and destroys its key when told to", async () => {
    scene.peer.directives = [{ type: "dance" }, { type: "wipe-key" }];
    expect(await round()).toMatchObject({ isWiped: true });
    expect(loadKey(scene.dir, "current")).toBeUndefined();
    expect(device.enrolment.status).toBe("retired");
  });
});

describe("the cached desired state", () => {
  it("outlives the server, and is read only while its signature is good", async () => {
    await round();
    const path = join(scene.dir, cacheFile);
    expect(loadDesiredState(device)?.document.tags).toEqual(["laptops"]);
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace("laptops", "servers"));
    expect(loadDesiredState(device)).toBeUndefined();
    writeFileSync(path, text);
    expect(loadDesiredState({ dir: scene.dir, enrolment: { ...device.enrolment, deviceId: "other" } })).toBeUndefined();
    device.saveEnrolment({ serverKeys: [createServerKey().jwk] });
    expect(loadDesiredState(device)).toBeUndefined();
  });
});

describe("a retirement", () => {
  const refused = async () => {
    const error: unknown = await round().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refused);
    rememberProblem(device, error);
  };

  it("is honoured if the server signed it, and leaves the key unless told otherwise", async () => {
    scene.peer.status = "retired";
    await refused();
    expect(device.enrolment.status).toBe("retired");
    expect(loadKey(scene.dir, "current")).toBeDefined();
  });

  it("that nobody signed changes nothing but the problem shown", async () => {
    const body = { directives: [{ type: "wipe-key" }] };
    scene.peer.instead = () => ({ ...problem("device-retired", 410, body), isUnsigned: true });
    await refused();
    expect(device.enrolment.status).toBe("active");
    expect(loadKey(scene.dir, "current")).toBeDefined();
    expect(device.progress.problem?.code).toBe("device-retired");
  });

  it("destroys the key on a signed directive", async () => {
    scene.peer.instead = () => problem("device-retired", 410, { directives: [{ type: "wipe-key" }] });
    await refused();
    expect(loadKey(scene.dir, "current")).toBeUndefined();
  });
});

describe("a key rotation", () => {
  const restart = () => {
    const key = loadKey(scene.dir, "current");
    if (!key) throw new Error("no key is left");
    device = new Device(scene.dir, { key, enrolment: device.enrolment, progress: device.progress });
  };

  it("ends with the new key in use and the old one gone", async () => {
    const before = device.key.kid;
    scene.peer.directives = [{ type: "rotate-key" }];
    await round();
    expect(device.key.kid).not.toBe(before);
    expect(loadKey(scene.dir, "next")).toBeUndefined();
    await round();
    expect(scene.peer.requests.at(-1)?.kid).toBe(device.key.kid);
  });

  it("is due when the server's clock says so", async () => {
    await round();
    const before = device.key.kid;
    device.saveEnrolment({ rotateAfter: "2020-01-01T00:00:00.000Z" });
    await round();
    expect(device.key.kid).not.toBe(before);
  });

  it.each([
    ["before the server heard of it", "POST /keys", "instead"],
    ["with the server's answer lost", "POST /keys", "after"],
    ["before the new key was proved", "GET /self", "after"],
  ] as const)("cut off %s is finished after a restart, with a key that works throughout", async (_, route, when) => {
    scene.peer.directives = [{ type: "rotate-key" }];
    await runRound(device, inventory, "schedule").catch(() => undefined);
    restart();
    scene.peer.directives = [{ type: "rotate-key" }];
    const lose = (request: { route: string }) => {
      const isRotating = readdirSync(scene.dir).includes(keyFiles.next);
      return request.route === route && isRotating ? { status: 200, loseIt: true } : undefined;
    };
    if (when === "instead") scene.peer.instead = lose;
    else scene.peer.after = lose;
    await expect(round()).rejects.toThrow("does not answer");
    const next = loadKey(scene.dir, "next");
    expect(next).toBeDefined();
    scene.peer.instead = undefined;
    scene.peer.after = undefined;
    restart();
    await round();
    expect(device.key.kid).toBe(next?.kid);
    expect(readdirSync(scene.dir)).not.toContain(keyFiles.next);
  });
});

it("progress that was damaged is forgotten, and the round goes on", async () => {
  await round();
  writeFileSync(join(scene.dir, "progress.json"), "{ half");
  expect(readProgress(scene.dir).appliedEtag).toBeNull();
  rmSync(join(scene.dir, "progress.json"));
  expect(readProgress(scene.dir).problem).toBeNull();
});
