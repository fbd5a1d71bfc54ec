import { x25519 } from "@noble/curves/ed25519.js";

/** A WireGuard key pair, each half as base64 of 32 bytes. The private one stays in this page's memory. */
export interface KeyPair {
  privateKey: string;
  publicKey: string;
}

const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

function fromBase64url(text: string): Uint8Array {
  const padded = text
    .replaceAll("-", "+")
    .replaceAll("_", "/")
    .padEnd(Math.ceil(text.length / 4) * 4, "=");
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
}

/** WebCrypto gives a private key out as JWK only, whose `d` it is (RFC 8037, 2). */
async function bySubtle(subtle: SubtleCrypto): Promise<KeyPair> {
  const pair = await subtle.generateKey({ name: "X25519" }, true, ["deriveBits"]);
  if (!("privateKey" in pair)) throw new TypeError("No key pair was made");
  const { d, x } = await subtle.exportKey("jwk", pair.privateKey);
  if (!d || !x) throw new TypeError("The key pair cannot be exported");
  return { privateKey: base64(fromBase64url(d)), publicKey: base64(fromBase64url(x)) };
}

function byLibrary(): KeyPair {
  const { secretKey, publicKey } = x25519.keygen();
  return { privateKey: base64(secretKey), publicKey: base64(publicKey) };
}

/**
 * Makes a key pair here, in the browser. Pages without TLS and older browsers have no X25519 of their own; there a
 * library computes it, from the browser's random numbers.
 */
export async function generateKeyPair(
  subtle: SubtleCrypto | null = globalThis.crypto.subtle ?? null,
): Promise<KeyPair> {
  if (!subtle) return byLibrary();
  return bySubtle(subtle).catch(byLibrary);
}
