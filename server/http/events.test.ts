import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { stopAnnouncements } from "@/server/core/announcements";
import { openStreams } from "@/server/http/event-stream";
import type { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { expired, refreshClaims, resigned } from "@/server/testing/tokens";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let admin: Browser;
beforeAll(async () => {
  world = await createWorld();
  admin = await world.resume(await factories.user({ roles: ["admin"] }));
});
afterEach(() => void vi.useRealTimers());
afterAll(() => world.end());

/** Reads a stream to its end. */
async function everything(response: Response): Promise<string> {
  let text = "";
  for await (const chunk of response.body ?? []) text += new TextDecoder().decode(chunk);
  return text;
}

async function streamOf(browser: Browser): Promise<Response> {
  const response = await browser.fetch("/api/events");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  return response;
}

/** Half a minute passes between two looks of a stream: what these hear in a test's few seconds was pushed. */
describe("an open stream", () => {
  const causes: [string, (user: factories.TestUser, sibling: Browser) => Promise<{ status: number }>, string][] = [
    ["the stamp is renewed", ({ id }) => admin.call("users.rotateStamp", { id }), "revoked"],
    ["the user is suspended", ({ id }) => admin.call("users.suspend", { id }), "revoked"],
    ["the user ends the other sessions", (_, sibling) => sibling.call("sessions.revokeOthers"), "revoked"],
    ["an administrator ends all", ({ id }) => admin.call("sessions.revokeAllOfUser", { userId: id }), "revoked"],
  ];

  it.each(causes)("is told and closed the moment %s", async (_name, happens, reason) => {
    const user = await factories.user();
    const stream = await streamOf(await world.resume(user));
    expect((await happens(user, await world.resume(user))).status).toBe(200);
    expect(await everything(stream)).toContain(`event: signed-out\ndata: ${reason}\n\n`);
  });

  it("stays open when another session of the same user ends", async () => {
    const user = await factories.user();
    const kept = await streamOf(await world.resume(user));
    const other = await world.resume(user);
    const ended = await streamOf(other);
    const before = openStreams();
    await other.signOut();
    await everything(ended);
    expect(openStreams()).toBe(before - 1);
    await kept.body?.cancel();
  });

  it("notices within half a minute even if no signal arrives", async () => {
    const user = await factories.user();
    vi.useFakeTimers({ toFake: ["setInterval"] });
    const stream = await streamOf(await world.resume(user));
    await stopAnnouncements();
    await admin.call("users.suspend", { id: user.id });
    vi.advanceTimersByTime(30_000);
    expect(await everything(stream)).toContain("event: signed-out");
  });

  it("keeps no session alive: it renews nothing, and goes on when its access token is over", async () => {
    const browser = await world.resume(await factories.user());
    browser.setCookie("kw-at", await expired(browser.cookie("kw-at")));
    const stream = await streamOf(browser);
    expect(stream.headers.getSetCookie()).toEqual([]);
    await world.database
      .sql`update sessions set idle_expires_at = now() where id = ${refreshClaims(browser.cookie("kw-rt")).sessionId}`;
    expect((await browser.fetch("/api/events")).status).toBe(401);
    await stream.body?.cancel();
  });

  it("costs nothing any more once its browser has gone", async () => {
    const before = openStreams();
    const stream = await streamOf(admin);
    expect(openStreams()).toBe(before + 1);
    await stream.body?.cancel();
    expect(openStreams()).toBe(before);
  });
});

describe("without a session there is no stream", () => {
  it("for nobody", async () => {
    const answer = await (await world.browser()).fetch("/api/events");
    expect(answer.status).toBe(401);
  });

  it("for an ended session", async () => {
    const browser = await world.resume(await factories.user());
    await browser.copy().call("sessions.revokeEverywhere");
    expect((await browser.fetch("/api/events")).status).toBe(401);
  });

  it("for a token that is not ours", async () => {
    const browser = await world.resume(await factories.user());
    browser.setCookie("kw-at", await resigned(browser.cookie("kw-at"), { key: Buffer.alloc(32, 7) }));
    expect((await browser.fetch("/api/events")).status).toBe(401);
  });
});
