import { generateKeyPairSync } from "node:crypto";
import { expect, it } from "vitest";
import vectors from "@/server/core/message-signature.vectors.json";
import { parsePublicJwk } from "@/server/core/public-jwk";

const code = (input: unknown) => {
  const parsed = parsePublicJwk(input);
  return parsed.ok ? "ok" : parsed.code;
};
const ed25519 = vectors.keys[0]?.jwk ?? { x: "" };
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });

it("Ed25519 and P-256 public keys are read, and their thumbprint is RFC 7638's", () => {
  expect(parsePublicJwk(ed25519)).toMatchObject({ ok: true, kid: vectors.keys[0]?.kid });
  expect(code(p256.publicKey.export({ format: "jwk" }))).toBe("ok");
});

it("a key with a private member is called what it is, whatever else is wrong with it", () => {
  expect(code({ ...ed25519, d: "AA" })).toBe("private-key-exposed");
  expect(code(p256.privateKey.export({ format: "jwk" }))).toBe("private-key-exposed");
  expect(code({ kty: "oct", k: "AA" })).toBe("private-key-exposed");
});

it("RSA, other curves, extra members and values that are no key are refused", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" });
  const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "jwk" });
  const x25519 = generateKeyPairSync("x25519").publicKey.export({ format: "jwk" });
  for (const bad of [rsa, p384, x25519, { ...ed25519, kid: "x" }, null, [], "x", {}, { ...ed25519, x: 1 }]) {
    expect(code(bad)).toBe("malformed");
  }
});

it("a point off the curve and a second spelling of a coordinate are refused", () => {
  const jwk = p256.publicKey.export({ format: "jwk" });
  expect(code({ ...jwk, y: jwk.x })).toBe("malformed");
  const spelledTwice = `${ed25519.x.slice(0, -1)}p`;
  expect(Buffer.from(spelledTwice, "base64url")).toEqual(Buffer.from(ed25519.x, "base64url"));
  expect(code({ ...ed25519, x: spelledTwice })).toBe("malformed");
});
