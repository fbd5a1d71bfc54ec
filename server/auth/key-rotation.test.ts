import { decodeProtectedHeader } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Key } from "@/server/core/crypto";
import { ephemeralSecrets, installSecrets, secrets } from "@/server/core/secrets";
import { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { expired, refreshClaims, resigned, signingKey } from "@/server/testing/tokens";
import { createWorld, type World } from "@/server/testing/world";

type Purpose = "session" | "refresh";

const original = secrets();
const [first, next] = [original, ephemeralSecrets()];
const old = (purpose: Purpose): readonly Key[] => first[purpose];
const fresh = (purpose: Purpose): readonly Key[] => next[purpose];

/** As after a restart with these keys, the one that signs in front. */
const restartWith = (purpose: Purpose, keys: readonly Key[]) => installSecrets({ ...secrets(), [purpose]: keys });

let world: World;
let user: factories.TestUser;
beforeAll(async () => {
  world = await createWorld();
  user = await factories.user();
});
afterEach(() => installSecrets(original));
afterAll(() => world.end());

const statusOf = async (browser: Browser) => (await browser.call("account.me")).status;
const keyOf = (browser: Browser) => ({
  session: decodeProtectedHeader(browser.cookie("kw-at")).kid,
  refresh: browser.cookie("kw-rt").split(".")[1],
});

describe("E10: with a new key in front of the old one", () => {
  it.each(["session", "refresh"] as const)(
    "tokens of the old one work, and new ones are made with the new: %s",
    async (purpose) => {
      const browser = await world.resume(user);
      const { [purpose]: before } = keyOf(browser);
      restartWith(purpose, [...fresh(purpose), ...old(purpose)]);
      expect(await statusOf(browser)).toBe(200);
      expect(keyOf(browser)[purpose]).toBe(before);
      expect((await browser.refresh()).status).toBe(204);
      expect(keyOf(browser)[purpose]).toBe(signingKey(purpose).id);
      expect(keyOf(browser)[purpose]).not.toBe(before);
      expect(await statusOf(browser)).toBe(200);
    },
  );

  it("an access token of the old one works until its five minutes are over", async () => {
    const browser = await world.resume(user);
    const over = await expired(browser.cookie("kw-at"));
    restartWith("session", [...fresh("session"), ...old("session")]);
    expect(await statusOf(new Browser().setCookie("kw-at", browser.cookie("kw-at")))).toBe(200);
    expect(await statusOf(new Browser().setCookie("kw-at", over))).toBe(401);
  });

  it("replicas that know both keys give successors that all of them take, whichever is in front", async () => {
    const [one, other] = [await world.resume(user), new Browser()];
    other.adopt([...one.cookies].map(([name, value]) => `${name}=${value}`));
    restartWith("refresh", [...old("refresh"), ...fresh("refresh")]);
    expect((await one.refresh()).status).toBe(204);
    restartWith("refresh", [...fresh("refresh"), ...old("refresh")]);
    expect((await other.refresh()).status).toBe(204);
    expect(refreshClaims(one.cookie("kw-rt"))).toEqual(refreshClaims(other.cookie("kw-rt")));
    for (const browser of [one, other]) expect((await browser.refresh()).status).toBe(204);
  });
});

describe("once the old key is removed", () => {
  it("its access tokens are worth nothing, also those that were in use, and a refresh token brings a new one", async () => {
    const browser = await world.resume(user);
    const stolen = new Browser().setCookie("kw-at", browser.cookie("kw-at"));
    expect(await statusOf(stolen.copy())).toBe(200);
    restartWith("session", fresh("session"));
    expect(await statusOf(stolen)).toBe(401);
    expect(await statusOf(browser)).toBe(200);
    expect(keyOf(browser).session).toBe(signingKey("session").id);
  });

  it("its refresh tokens are worth nothing", async () => {
    const browser = await world.resume(user);
    restartWith("refresh", fresh("refresh"));
    expect((await browser.copy().refresh()).status).toBe(401);
    browser.setCookie("kw-at", await expired(browser.cookie("kw-at")));
    expect(await statusOf(browser)).toBe(401);
  });

  it("a token under the new key's id and the old key's signature is worth nothing", async () => {
    const browser = await world.resume(user);
    const [{ bytes }] = [signingKey("session")];
    restartWith("session", fresh("session"));
    const forged = await resigned(browser.cookie("kw-at"), { header: { kid: signingKey("session").id }, key: bytes });
    expect(await statusOf(new Browser().setCookie("kw-at", forged))).toBe(401);
  });
});

describe("E9: after the database was restored from a backup", () => {
  /** A browser three rotations on, and the database as it was before them. */
  async function restored() {
    const browser = await world.resume(user);
    const { sessionId } = refreshClaims(browser.cookie("kw-rt"));
    for (let at = 0; at < 3; at += 1) await browser.refresh();
    await world.database.sql`
      update refresh_tokens set generation = 1, rotated_at = null, confirmed_at = null where session_id = ${sessionId}`;
    return { browser, sessionId };
  }

  it("a token from after the backup is refused, signing in works, and nobody counts as a thief", async () => {
    const { browser, sessionId } = await restored();
    expect((await browser.refresh()).status).toBe(401);
    const [row] = await world.database.sql`select revoked_at from sessions where id = ${sessionId}`;
    expect(row).toEqual({ revokedAt: null });
    await browser.signIn(user);
    expect(await statusOf(browser)).toBe(200);
  });

  it("new keys for both kinds of token end what the backup brought back to life", async () => {
    const { browser } = await restored();
    const copied = browser.copy();
    for (const purpose of ["session", "refresh"] as const) restartWith(purpose, fresh(purpose));
    expect(await statusOf(copied.copy())).toBe(401);
    expect((await copied.refresh()).status).toBe(401);
  });
});
