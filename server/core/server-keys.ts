import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import type { Key } from "./crypto";
import { type PublicJwk, thumbprint } from "./public-jwk";
import { secrets } from "./secrets";

/** A key this server signs its answers to devices with. */
export interface ServerSigningKey {
  readonly kid: string;
  readonly jwk: PublicJwk;
  readonly privateKey: KeyObject;
}

/** RFC 8410: the fixed head of a PKCS#8 Ed25519 private key, before its 32-byte seed. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

function signingKey({ bytes }: Key): ServerSigningKey {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, bytes]), format: "der", type: "pkcs8" });
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  if (!x) throw new Error("The server key has no public part");
  const jwk: PublicJwk = { kty: "OKP", crv: "Ed25519", x };
  return { kid: thumbprint(jwk), jwk, privateKey };
}

let keys: [ServerSigningKey, ...ServerSigningKey[]] | undefined;

/** The server's keys, the signing one first; the others are published so that agents know them ahead of time. */
export function serverKeys(): [ServerSigningKey, ...ServerSigningKey[]] {
  if (keys) return keys;
  const [first, ...rest] = secrets().server.map(signingKey);
  if (!first) throw new Error("No server key is configured");
  keys = [first, ...rest];
  return keys;
}
