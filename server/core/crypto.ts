import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** A named key; the first of a list signs and encrypts, all of them verify and decrypt. */
export interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

export const sha256Hex = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

export const hmacSha256 = (key: Uint8Array, data: string | Uint8Array): Buffer =>
  createHmac("sha256", key).update(data).digest();

/** @param bytes entropy; 32 (256 bit) unless a protocol says otherwise */
export const randomToken = (bytes = 32): string => randomBytes(bytes).toString("base64url");

/** Compares two secrets in time that depends on their lengths only. */
export function sameSecret(left: string | Uint8Array, right: string | Uint8Array): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function requireKey(keys: readonly Key[], id?: string): Key {
  const key = id === undefined ? keys[0] : keys.find((candidate) => candidate.id === id);
  if (!key) throw new Error(id === undefined ? "No encryption key is configured" : `Encryption key ${id} is not known`);
  return key;
}

/**
 * Encrypts with AES-256-GCM under the first key: `v1.<key id>.<iv>.<tag>.<ciphertext>`, base64url parts.
 * @param context bound as additional data, so that a ciphertext cannot be moved to another row or column
 */
export function seal(keys: readonly Key[], plaintext: string | Uint8Array, context: string): string {
  const key = requireKey(keys);
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key.bytes, iv).setAAD(Buffer.from(`v1|${key.id}|${context}`));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return ["v1", key.id, ...[iv, cipher.getAuthTag(), body].map((part) => part.toString("base64url"))].join(".");
}

/** Reverses {@link seal}. @throws {Error} when the key is unknown, the context differs or a byte was changed */
export function open(keys: readonly Key[], sealed: string, context: string): Buffer {
  const [version, id, iv, tag, body] = sealed.split(".");
  if (version !== "v1" || !id || !iv || !tag || body === undefined) throw new Error("Not a sealed value");
  const key = requireKey(keys, id);
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, Buffer.from(iv, "base64url"), { authTagLength: 16 })
    .setAAD(Buffer.from(`v1|${id}|${context}`))
    .setAuthTag(Buffer.from(tag, "base64url"));
  return Buffer.concat([decipher.update(Buffer.from(body, "base64url")), decipher.final()]);
}
