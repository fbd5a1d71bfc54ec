import { createPrivateKey, createPublicKey } from "node:crypto";
import { expect, it } from "vitest";
import { WireguardKey } from "@/server/modules/gateways/state.schema";
import { generateKeyPair, type KeyPair } from "./wireguard-keys";

/** RFC 8410: what stands before the 32 bytes of an X25519 private key. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");

/** The public half as OpenSSL computes it. */
function publicHalf({ privateKey }: KeyPair): string {
  const der = Buffer.concat([PKCS8_HEAD, Buffer.from(privateKey, "base64")]);
  const jwk = createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" })).export({ format: "jwk" });
  return Buffer.from(jwk.x ?? "", "base64url").toString("base64");
}

const subtleWithoutX25519 = { generateKey: () => Promise.reject(new DOMException("no")) } as unknown as SubtleCrypto;

it.each([
  { way: "by the browser", subtle: crypto.subtle },
  { way: "on a page without TLS", subtle: null },
  { way: "in a browser that does not know the curve", subtle: subtleWithoutX25519 },
])("the public half of a pair made $way is that of its private half, 100 of 100", async ({ subtle }) => {
  for (let at = 0; at < 100; at += 1) {
    const pair = await generateKeyPair(subtle);
    expect([WireguardKey.parse(pair.privateKey), pair.publicKey]).toEqual([pair.privateKey, publicHalf(pair)]);
  }
});
