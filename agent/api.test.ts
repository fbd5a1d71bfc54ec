import { createServer } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgentError } from "@/agent/agent-error";
import { Refused } from "@/agent/api";
import { createClock } from "@/agent/clock";
import { meetServer } from "@/agent/enrol";
import { createServerKey, problem } from "@/agent/testing/peer";
import { createScene, type Scene } from "@/agent/testing/temporary-device";
import { SelfResult } from "@/server/modules/agents/schema";

let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(() => scene.dispose());

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "ok";
  } catch (error) {
    if (error instanceof Refused) return `${error.code}: ${error.reaction}`;
    return error instanceof AgentError ? error.kind : String(error);
  }
}

describe("meeting the server", () => {
  it("with a pinned key accepts that key only, even if another answer lists it", async () => {
    const { peer } = scene;
    const mine = peer.serverKeys[0]?.kid ?? "";
    const url = new URL(peer.url);
    await expect(meetServer(url, createClock(), mine)).resolves.toMatchObject({ kid: mine });
    expect(await outcome(meetServer(url, createClock(), createServerKey().kid))).toBe("refused");
    // Somebody in between lists the pinned key, and signs with its own.
    peer.serverKeys.unshift(createServerKey());
    expect(await outcome(meetServer(url, createClock(), mine))).toBe("refused");
  });

  it("takes the server's time if the clock is off, and only from a signed answer", async () => {
    const clock = createClock();
    scene.peer.offsetS = 5000;
    await meetServer(new URL(scene.peer.url), clock);
    expect(clock.offsetS).toBeGreaterThan(4990);
    scene.peer.after = (_, answer) => ({ ...answer, isUnsigned: true });
    const other = createClock();
    expect(await outcome(meetServer(new URL(scene.peer.url), other))).toBe("refused");
    expect(other.offsetS).toBe(0);
  });

  it("says so when nobody or something else answers", async () => {
    scene.peer.instead = () => ({ status: 200, body: { hello: "world" } });
    expect(await outcome(meetServer(new URL(scene.peer.url), createClock()))).toBe("unreachable");
    expect(await outcome(meetServer(new URL("http://127.0.0.1:1"), createClock()))).toBe("unreachable");
  });
});

describe("a refusal", () => {
  it("of a signature or nonce is tried once more with a fresh nonce, and not again", async () => {
    const device = await scene.enrolled();
    scene.peer.requests.length = 0;
    scene.peer.instead = () => problem("nonce-reused", 401);
    expect(await outcome(device.api.call(device.signed("GET", "/self")))).toBe("nonce-reused: retry-once");
    expect(scene.peer.routes()).toEqual(["GET /self", "GET /self"]);
    const nonces = scene.peer.requests.map(
      ({ headers }) => /nonce="([^"]+)"/.exec(headers.get("signature-input") ?? "")?.[1],
    );
    expect(new Set(nonces).size).toBe(2);
  });

  it("for the clock sets it right and is tried once more", async () => {
    const device = await scene.enrolled();
    scene.peer.offsetS = -4000;
    expect(await outcome(device.api.call(device.signed("GET", "/self")))).toBe("ok");
    expect(device.clock.offsetS).toBeLessThan(-3990);
  });

  it("that nobody signed makes the agent wait, whatever it says", async () => {
    const device = await scene.enrolled();
    for (const code of ["device-retired", "key-revoked", "key-unknown", "device-pending"]) {
      scene.peer.instead = () => ({ ...problem(code, 410), isUnsigned: true });
      expect(await outcome(device.api.call(device.signed("GET", "/self")))).toBe(`${code}: wait`);
    }
    scene.peer.instead = () => ({ ...problem("clock-skew", 401, { serverTime: 1 }), isUnsigned: true });
    expect(await outcome(device.api.call(device.signed("GET", "/self")))).toBe("clock-skew: wait");
    expect(device.clock.offsetS).toBe(0);
  });

  it("carries Retry-After, and an unknown code is taken by its status", async () => {
    const device = await scene.enrolled();
    scene.peer.instead = () => ({ ...problem("new-code", 429), headers: { "retry-after": "17" } });
    const error: unknown = await device.api.call(device.signed("GET", "/self")).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reaction: "wait", answer: { retryAfterS: 17 } });
    scene.peer.instead = () => problem("another-code", 409);
    expect(await outcome(device.api.call(device.signed("GET", "/self")))).toBe("another-code: give-up");
  });
});

it("an answer that is unsigned, or signed by another key, is not taken for the server's", async () => {
  const device = await scene.enrolled();
  scene.peer.after = (_, answer) => ({ ...answer, isUnsigned: true });
  expect(await outcome(device.api.call(device.signed("GET", "/self")))).toBe("unreachable");
  scene.peer.after = undefined;
  scene.peer.serverKeys = [createServerKey()];
  expect(await outcome(device.api.call(device.signed("GET", "/self")))).toBe("unreachable");
});

it("a redirect of a signed request is not followed", async () => {
  const visited: string[] = [];
  const elsewhere = createServer((request, response) => {
    visited.push(request.url ?? "");
    response.end();
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const address = elsewhere.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const device = await scene.enrolled();
  scene.peer.instead = () => ({ status: 307, headers: { location: `http://127.0.0.1:${port}/` } });
  expect(await outcome(device.api.call(device.signed("GET", "/self")))).toBe("unreachable");
  expect(visited).toEqual([]);
  await new Promise((resolve) => elsewhere.close(resolve));
});

it("the server's next key is learned from an answer signed by a known one", async () => {
  const device = await scene.enrolled();
  const next = createServerKey();
  scene.peer.serverKeys.push(next);
  const call = device.signed("GET", "/self");
  device.learn(await device.api.json(call, SelfResult));
  scene.peer.serverKeys = [next];
  expect(await outcome(device.api.call(call))).toBe("ok");
});
