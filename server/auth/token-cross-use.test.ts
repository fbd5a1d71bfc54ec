import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { decodeJwt, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCESS_LIFETIME_S, verifyAccessToken } from "@/server/auth/access-token";
import { verifyRefreshToken } from "@/server/auth/refresh-token";
import { secrets } from "@/server/core/secrets";
import { Browser } from "@/server/testing/browser";
import * as factories from "@/server/testing/factories";
import { expired, resigned, signingKey } from "@/server/testing/tokens";
import { createWorld, type World } from "@/server/testing/world";

let world: World;
let browser: Browser;
let access: string;
let refresh: string;
beforeAll(async () => {
  world = await createWorld();
  browser = await world.resume(await factories.user({ roles: ["admin"] }));
  access = browser.cookie("kw-at");
  refresh = browser.cookie("kw-rt");
});
afterAll(() => world.end());

const accepts = async (token: string) => {
  const answer = await new Browser().setCookie("kw-at", token).call("account.me");
  expect([200, 401]).toContain(answer.status);
  return answer.status === 200;
};

const refreshes = async (token: string) => {
  const { status } = await new Browser().setCookie("kw-rt", token).refresh();
  expect([204, 401]).toContain(status);
  return status === 204;
};

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const seconds = () => Math.floor(Date.now() / 1000);
const PAYLOAD = 1;
const SIGNATURE = 2;
const part = (token: string, at: number) => token.split(".")[at] ?? "";

it("an access token is good for five minutes, and holds no roles and nothing personal", async () => {
  expect(await accepts(access)).toBe(true);
  const claims = decodeJwt(access);
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(ACCESS_LIFETIME_S);
  expect(Object.keys(claims).toSorted()).toEqual([
    "aal",
    "amr",
    "aud",
    "auth_time",
    "chk",
    "exp",
    "gen",
    "iat",
    "iss",
    "jti",
    "sexp",
    "sid",
    "sub",
  ]);
});

describe("T19: a token in another's place", () => {
  it("is worth nothing: no kind of token works as another", async () => {
    const { secret } = await factories.enrolmentToken();
    const device = browser.cookie("kw-did");
    for (const [name, token] of Object.entries({ refresh, secret, device, empty: "" })) {
      expect([name, await accepts(token)]).toEqual([name, false]);
    }
    for (const [name, token] of Object.entries({ access, secret, device, empty: "" })) {
      expect([name, await refreshes(token)]).toEqual([name, false]);
    }
    expect(await refreshes(refresh)).toBe(true);
  });

  it("is worth nothing in an Authorization header or in the URL either", async () => {
    const stranger = new Browser();
    const headers = { authorization: `Bearer ${access}` };
    expect((await stranger.fetch("/api/trpc/account.me", { headers })).status).toBe(401);
    expect((await stranger.fetch(`/api/trpc/account.me?token=${access}`)).status).toBe(401);
    expect((await stranger.fetch("/api/agent/v1/self", { headers })).status).toBe(400);
  });
});

describe("T19: an access token", () => {
  const bad: [string, () => Promise<string> | string][] = [
    ["without a signature", () => `${part(access, 0)}.${part(access, PAYLOAD)}.`],
    [
      "with alg none",
      () => `${base64url({ alg: "none", typ: "at+jwt", kid: signingKey("session").id })}.${part(access, PAYLOAD)}.`,
    ],
    [
      "with alg None and our signature",
      () =>
        `${base64url({ alg: "None", typ: "at+jwt", kid: signingKey("session").id })}.${part(access, PAYLOAD)}.${part(access, SIGNATURE)}`,
    ],
    ["signed with HS512", () => resigned(access, { header: { alg: "HS512" } })],
    ["signed with HS384", () => resigned(access, { header: { alg: "HS384" } })],
    ["signed with another key", () => resigned(access, { key: Buffer.alloc(32, 7) })],
    ["signed with the refresh key", () => resigned(access, { key: signingKey("refresh").bytes })],
    [
      "signed with the encryption key",
      () => resigned(access, { key: secrets().encryption[0]?.bytes ?? Buffer.alloc(32) }),
    ],
    ["of an unknown key id", () => resigned(access, { header: { kid: "k000000" } })],
    ["without a key id", () => resigned(access, { header: { kid: undefined } })],
    ["whose key id is a path", () => resigned(access, { header: { kid: "../../dev/null" }, key: Buffer.alloc(32) })],
    ["of another type", () => resigned(access, { header: { typ: "JWT" } })],
    ["of a refresh token's type", () => resigned(access, { header: { typ: "rt+jwt" } })],
    ["without a type", () => resigned(access, { header: { typ: undefined } })],
    ["for another audience", () => resigned(access, { claims: { aud: "api" } })],
    ["of another issuer", () => resigned(access, { claims: { iss: "https://elsewhere.example" } })],
    ["of another session", () => resigned(access, { claims: { sid: crypto.randomUUID() } })],
    ["of another user", () => resigned(access, { claims: { sub: crypto.randomUUID() } })],
    ["of another checksum", () => resigned(access, { claims: { chk: "A".repeat(22) } })],
    ["without its checksum", () => resigned(access, { claims: { chk: undefined } })],
    ["whose generation is zero", () => resigned(access, { claims: { gen: 0 } })],
    ["whose expiry is no number", () => resigned(access, { claims: { exp: "never" as never } })],
    ["that is over", () => expired(access)],
    ["whose session is over", () => resigned(access, { claims: { sexp: seconds() - 1 } })],
    ["from the future", () => resigned(access, { claims: { iat: seconds() + 60 } })],
    ["not to be used yet", () => resigned(access, { claims: { nbf: seconds() + 60 } })],
    [
      "encrypted instead of signed",
      () => `${base64url({ alg: "dir", enc: "A256GCM" })}..${"A".repeat(16)}.${"A".repeat(16)}.${"A".repeat(22)}`,
    ],
  ];

  it.each(bad)("is refused %s", async (_name, make) => {
    expect(await accepts(await make())).toBe(false);
  });

  it("E5: of a replica whose clock is ten seconds ahead is accepted, its end is not put off", async () => {
    const claims = { iat: seconds() + 10, exp: seconds() + 10 + ACCESS_LIFETIME_S };
    expect(await accepts(await resigned(access, { claims }))).toBe(true);
    expect(await accepts(await resigned(access, { claims: { iat: seconds() + 10, exp: seconds() - 1 } }))).toBe(false);
  });

  it("that brings its own key along is refused", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const jwk = publicKey.export({ format: "jwk" });
    const header = {
      alg: "EdDSA",
      typ: "at+jwt",
      kid: signingKey("session").id,
      jwk,
      jku: "https://elsewhere.example/jwks",
    };
    const forged = await new SignJWT(decodeJwt(access)).setProtectedHeader(header).sign(privateKey);
    expect(await accepts(forged)).toBe(false);
  });

  it("of ours is accepted again after all this", async () => {
    expect(await accepts(access)).toBe(true);
  });
});

describe("T19: any byte changed in any token", () => {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=";
  const changed = (token: string, at: number, to: string) => token.slice(0, at) + to + token.slice(at + 1);

  it("makes an access token worthless", async () => {
    const property = fc.asyncProperty(fc.nat(access.length - 1), fc.constantFrom(...alphabet), async (at, letter) => {
      const mutant = changed(access, at, letter);
      fc.pre(mutant !== access);
      expect(await verifyAccessToken(mutant)).toBeUndefined();
    });
    await fc.assert(property, { numRuns: 600 });
  });

  it("makes an access token worthless, and be it the last letter's spare bits", async () => {
    for (const letter of alphabet) {
      const mutant = changed(access, access.length - 1, letter);
      expect(await accepts(mutant)).toBe(mutant === access);
    }
  });

  it("makes a refresh token worthless", () => {
    fc.assert(
      fc.property(fc.nat(refresh.length - 1), fc.constantFrom(...alphabet), (at, letter) => {
        const mutant = changed(refresh, at, letter);
        fc.pre(mutant !== refresh);
        expect(verifyRefreshToken(mutant)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  it("and anything else at all is no token and no failure", async () => {
    const property = fc.asyncProperty(fc.string({ maxLength: 300 }), async (text) => {
      expect(await verifyAccessToken(text)).toBeUndefined();
      expect(verifyRefreshToken(text)).toBeUndefined();
    });
    await fc.assert(property, { numRuns: 300 });
  });
});
