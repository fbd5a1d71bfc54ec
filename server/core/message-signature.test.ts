import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import fc from "fast-check";
import { verifySignature } from "http-message-sig";
import { describe, expect, it } from "vitest";
import {
  newNonce,
  type ReceivedRequest,
  type RequestSigner,
  type SignatureTag,
  signRequest,
  verifyRequest,
} from "@/server/core/message-signature";
import vectors from "@/server/core/message-signature.vectors.json";
import { thumbprint } from "@/server/core/public-jwk";
import { contentDigest } from "@/server/core/signature-base";

/** RFC 8410: an Ed25519 private key is this prefix and its seed. */
const PKCS8_PREFIX = "302e020100300506032b657004220420";
const fromSeed = (hex: string) =>
  createPrivateKey({ key: Buffer.from(PKCS8_PREFIX + hex, "hex"), format: "der", type: "pkcs8" });

const privateKeys = new Map(vectors.keys.map((one) => [one.kid, fromSeed(one.seedHex)]));
const [deviceKid = "", nextKid = ""] = vectors.keys.map((one) => one.kid);
const NOW = 1795198000;
const TARGET = { method: "POST", authority: "keyward.example.com", path: "/api/agent/v1/checkins" };
const BODY = Buffer.from('{"a":1}');

function privateKey(kid: string): KeyObject {
  const key = privateKeys.get(kid);
  if (!key) throw new Error(`no vector key ${kid}`);
  return key;
}

const keyFor = (kid: string) => (privateKeys.has(kid) ? createPublicKey(privateKey(kid)) : undefined);
const signer = (change: Partial<RequestSigner> = {}): RequestSigner => ({
  label: "sig1",
  key: privateKey(deviceKid),
  kid: deviceKid,
  tag: "keyward-agent-v1",
  nonce: newNonce(),
  ...change,
});
const nextSigner = (change: Partial<RequestSigner> = {}) =>
  signer({ label: "new", key: privateKey(nextKid), kid: nextKid, tag: "keyward-rekey-v1", ...change });

const signed = (...signers: RequestSigner[]) => signRequest({ ...TARGET, body: BODY, created: NOW, signers });

/** How the server answers a check-in with these fields. */
function outcome(headers: Record<string, string>, received: Partial<ReceivedRequest> = {}, keys = keyFor): string {
  const expected = { sig1: "keyward-agent-v1" } as const;
  const result = verifyRequest({
    ...TARGET,
    body: BODY,
    headers: new Headers(headers),
    now: NOW,
    expect: expected,
    keyFor: keys,
    ...received,
  });
  return result.ok ? "ok" : result.code;
}

/** Truly signed fields of any shape, for what `signRequest` would not make. */
function handSigned(components: readonly string[], parameters: string): Record<string, string> {
  const values: Record<string, string> = {
    "@method": TARGET.method,
    "@authority": TARGET.authority,
    "@path": TARGET.path,
    "content-digest": contentDigest(BODY),
    "x-extra": "1",
  };
  const input = `(${components.map((name) => `"${name}"`).join(" ")})${parameters}`;
  const lines = components.map((name) => `"${name}": ${values[name]}`);
  const base = Buffer.from([...lines, `"@signature-params": ${input}`].join("\n"));
  return {
    "x-extra": "1",
    "content-digest": contentDigest(BODY),
    "signature-input": `sig1=${input}`,
    signature: `sig1=:${sign(null, base, privateKey(deviceKid)).toString("base64")}:`,
  };
}

const COVERED = ["@method", "@authority", "@path", "content-digest"];
const PARAMETERS = `;created=${NOW};keyid="${deviceKid}";nonce="abcdefghijklmn";tag="keyward-agent-v1"`;

describe("published vectors", () => {
  const tags: Record<string, { sig1: SignatureTag; new?: SignatureTag }> = {
    enrol: { sig1: "keyward-enrol-v1" },
    "desired-state": { sig1: "keyward-agent-v1" },
    "rotate-key": { sig1: "keyward-agent-v1", new: "keyward-rekey-v1" },
  };

  it.each(vectors.requests)("$name is signed byte for byte and verified", (vector) => {
    const expected = tags[vector.name] ?? { sig1: "keyward-agent-v1" };
    const nonces = [...vector.headers["signature-input"].matchAll(/nonce="([^"]+)"/g)].map((match) => match[1] ?? "");
    const signers = [signer({ nonce: nonces[0], tag: expected.sig1 })];
    if (expected.new) signers.push(nextSigner({ nonce: nonces[1] }));
    const { method, authority, path, body } = vector;
    expect(signRequest({ method, authority, path, body, created: NOW, signers })).toEqual(vector.headers);
    const headers = new Headers(vector.headers);
    const received = { method, authority, path, body: Buffer.from(body), headers, now: NOW, expect: expected };
    expect(verifyRequest({ ...received, keyFor })).toMatchObject({
      ok: true,
      signatures: { sig1: { kid: deviceKid } },
    });
    for (const base of Object.values(vector.bases)) {
      const label = base === vector.bases.sig1 ? "sig1" : "new";
      const key = privateKey(label === "sig1" ? deviceKid : nextKid);
      expect(vector.headers.signature).toContain(`${label}=:${sign(null, Buffer.from(base), key).toString("base64")}:`);
    }
  });

  it("the thumbprints and the token's HMAC are those published", () => {
    for (const { jwk, kid } of vectors.keys) {
      expect(thumbprint({ kty: "OKP", crv: "Ed25519", x: jwk.x })).toBe(kid);
    }
    const { pepperHex, value, hmacHex } = vectors.token;
    expect(createHmac("sha256", Buffer.from(pepperHex, "hex")).update(value).digest("hex")).toBe(hmacHex);
  });

  it("an implementation of RFC 9421 that is not ours verifies what we sign", async () => {
    const headers = signed(signer());
    const key = createPublicKey(privateKey(deviceKid));
    const message = {
      kind: "request",
      method: TARGET.method,
      targetUri: `https://${TARGET.authority}${TARGET.path}`,
      fields: Object.entries(headers).map(([name, value]) => ({ name, value })),
    } as const;
    const verified = await verifySignature(message, {
      policy: { algorithms: ["ed25519"], requiredComponents: COVERED, requiredParameters: ["created"], now: NOW },
      resolveVerifier: () => ({
        algorithm: "ed25519",
        verify: (data, signature) => verify(null, data, key, signature),
      }),
    });
    expect(verified.parameters.keyid).toBe(deviceKid);
  });
});

describe("a signed request", () => {
  it("is accepted, with its parameters in any order", () => {
    expect(outcome(signed(signer()))).toBe("ok");
    expect(outcome(handSigned(COVERED, PARAMETERS))).toBe("ok");
    const reordered = `;tag="keyward-agent-v1";nonce="abcdefghijklmn";keyid="${deviceKid}";created=${NOW}`;
    expect(outcome(handSigned(COVERED, reordered))).toBe("ok");
  });

  it("keeps an authority with any port", () => {
    for (const authority of ["a.example:443", "a.example:80", "127.0.0.1:3000", "[::1]:8443"]) {
      const request = { ...TARGET, authority, body: BODY };
      const headers = signRequest({ ...request, created: NOW, signers: [signer()] });
      expect(outcome(headers, { authority })).toBe("ok");
      expect(outcome(headers)).toBe("signature-invalid");
    }
  });

  it("may be made with a P-256 key, and never with an RSA or another curve's key", () => {
    const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(outcome(signed(signer({ key: p256.privateKey })), {}, () => p256.publicKey)).toBe("ok");
    const k1 = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
    expect(outcome(signed(signer({ key: k1.privateKey })), {}, () => k1.publicKey)).toBe("signature-invalid");
    const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 });
    expect(outcome(signed(signer()), {}, () => rsa.publicKey)).toBe("signature-invalid");
  });

  it("is refused when it leaves out, adds or reorders a covered component", () => {
    const shapes = [COVERED.slice(0, 3), [...COVERED, "x-extra"], [...COVERED].reverse(), [...COVERED, "@method"], []];
    for (const shape of shapes) expect(outcome(handSigned(shape, PARAMETERS))).toBe("signature-invalid");
  });

  it("is refused with alg, expires or an unknown parameter, and without a required one", () => {
    for (const extra of [';alg="ed25519"', `;expires=${NOW + 9}`, ';extra="1"']) {
      expect(outcome(handSigned(COVERED, PARAMETERS + extra))).toBe("signature-invalid");
    }
    for (const name of ["created", "keyid", "nonce", "tag"]) {
      const rest = PARAMETERS.replace(new RegExp(`;${name}=("[^"]*"|\\d+)`), "");
      expect(outcome(handSigned(COVERED, rest))).toBe("signature-invalid");
    }
    expect(outcome(handSigned(COVERED, PARAMETERS.replace("abcdefghijklmn", "short")))).toBe("signature-invalid");
  });

  it("is malformed with a doubled parameter, a padded number or another spelling of the fields", () => {
    expect(outcome(handSigned(COVERED, `${PARAMETERS};created=${NOW}`))).toBe("malformed");
    expect(outcome(handSigned(COVERED, PARAMETERS.replace("created=", "created=0")))).toBe("malformed");
    const good = signed(signer());
    expect(outcome({ ...good, signature: good.signature.replace("sig1=", "sig1 =") })).toBe("malformed");
    expect(outcome({ ...good, "signature-input": `${good["signature-input"]};x` })).toBe("malformed");
    expect(outcome({ ...good, "signature-input": "" })).toBe("signature-missing");
    expect(outcome({ ...good, "content-digest": `${good["content-digest"]}, sha-512=:AA==:` })).toBe("malformed");
    expect(outcome({ ...good, "signature-input": good["signature-input"].repeat(20) })).toBe("malformed");
  });

  it("is refused under another tag, label, key, method, path, authority or body", () => {
    const good = signed(signer());
    expect(outcome(signed(signer({ tag: "keyward-enrol-v1" })))).toBe("signature-invalid");
    expect(outcome(signed(signer({ label: "new" })))).toBe("signature-invalid");
    expect(outcome(signed(signer({ key: privateKey(nextKid) })))).toBe("signature-invalid");
    expect(outcome(signed(signer({ kid: nextKid })))).toBe("signature-invalid");
    expect(outcome(good, { method: "PUT" })).toBe("signature-invalid");
    expect(outcome(good, { path: "/api/agent/v1/reports" })).toBe("signature-invalid");
    expect(outcome(good, { authority: "evil.example.com" })).toBe("signature-invalid");
    expect(outcome(good, { body: Buffer.from('{"a":2}') })).toBe("digest-mismatch");
    expect(outcome(good, {}, () => undefined)).toBe("key-unknown");
    expect(outcome({})).toBe("malformed");
    expect(outcome({ "content-digest": contentDigest(BODY) })).toBe("signature-missing");
  });

  it("has no query string, and a path of plain lower-case segments", () => {
    const good = signed(signer());
    expect(outcome(good, { path: `${TARGET.path}?admin=1` })).toBe("query-not-allowed");
    for (const path of ["/Api", "/api/", "/a%20b", "api", "//a", ""]) expect(outcome(good, { path })).toBe("malformed");
    expect(() => signRequest({ ...TARGET, path: "/a?b=1", body: "", created: NOW, signers: [signer()] })).toThrow();
  });

  it("counts from 300 s behind the server's clock to 60 s ahead of it", () => {
    const good = signed(signer());
    expect([-61, -60, 0, 300, 301].map((ageS) => outcome(good, { now: NOW + ageS }))).toEqual([
      "clock-skew",
      "ok",
      "ok",
      "ok",
      "clock-skew",
    ]);
  });
});

describe("two signatures", () => {
  const both = { sig1: "keyward-agent-v1", new: "keyward-rekey-v1" } as const;

  it("are accepted where both are expected, and nowhere else", () => {
    const pair = signed(signer(), nextSigner());
    expect(outcome(pair, { expect: both })).toBe("ok");
    expect(outcome(pair)).toBe("signature-invalid");
    expect(outcome(signed(signer()), { expect: both })).toBe("signature-invalid");
  });

  it("cannot stand in for each other", () => {
    const swapped = signed(
      signer({ key: privateKey(nextKid), kid: nextKid }),
      nextSigner({ key: privateKey(deviceKid), kid: deviceKid }),
    );
    const crossed = signed(signer({ label: "new" }), nextSigner({ label: "sig1" }));
    expect(outcome(crossed, { expect: both })).toBe("signature-invalid");
    expect(outcome(swapped, { expect: both }, (kid) => (kid === deviceKid ? keyFor(kid) : undefined))).toBe(
      "key-unknown",
    );
    const pair = signed(signer(), nextSigner());
    const [first = "", second = ""] = pair.signature.split(", ").map((member) => member.replace(/^\w+=/, ""));
    expect(outcome({ ...pair, signature: `sig1=${second}, new=${first}` }, { expect: both })).toBe("signature-invalid");
  });

  it("of one key do not prove a rotation, and one label may not appear twice", () => {
    const same = signed(signer(), nextSigner({ key: privateKey(deviceKid), kid: deviceKid }));
    expect(outcome(same, { expect: both })).toBe("signature-invalid");
    expect(outcome(signed(signer(), signer()))).toBe("malformed");
  });
});

it("any changed byte of a signed message is refused", () => {
  const headers = signed(signer());
  const names = ["content-digest", "signature-input", "signature", "body"] as const;
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.nat(), fc.integer({ min: 1, max: 94 }), (name, at, shift) => {
      const text = name === "body" ? BODY.toString() : headers[name];
      const index = at % text.length;
      const code = 33 + ((text.charCodeAt(index) - 33 + shift) % 94);
      const changed = text.slice(0, index) + String.fromCharCode(code) + text.slice(index + 1);
      fc.pre(changed !== text);
      if (name === "body") expect(outcome(headers, { body: Buffer.from(changed) })).toBe("digest-mismatch");
      else expect(outcome({ ...headers, [name]: changed })).not.toBe("ok");
    }),
    { numRuns: 2000 },
  );
});
