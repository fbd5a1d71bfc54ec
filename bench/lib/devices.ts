import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newNonce, type SignatureTag, signRequest } from "@/server/core/message-signature";
import { type PublicJwk, parsePublicJwk } from "@/server/core/public-jwk";

export interface DeviceKey {
  key: KeyObject;
  jwk: PublicJwk;
  kid: string;
}

export function newDeviceKey(): DeviceKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const parsed = parsePublicJwk(publicKey.export({ format: "jwk" }));
  if (!parsed.ok) throw new Error(parsed.detail);
  return {
    key: createPrivateKey(privateKey.export({ format: "pem", type: "pkcs8" })),
    jwk: parsed.jwk,
    kid: parsed.kid,
  };
}

interface Signed {
  url: string;
  method: "GET" | "POST";
  path: string;
  body: string;
  tag: SignatureTag;
  device: DeviceKey;
  /** Headers beside the signature's. */
  headers?: Record<string, string>;
}

/** The headers of one signed request, with a nonce of its own. */
export function signedHeaders({ url, method, path, body, tag, device }: Signed): Record<string, string> {
  const signer = { label: "sig1", key: device.key, kid: device.kid, tag, nonce: newNonce() } as const;
  const created = Math.floor(Date.now() / 1000);
  const fields = signRequest({ method, authority: new URL(url).host, path, body, created, signers: [signer] });
  return { ...fields, ...(body ? { "content-type": "application/json" } : {}) };
}

/** Writes requests where `replay.lua` finds them. */
export function replayFile(requests: readonly Signed[]): string {
  const file = join(mkdtempSync(join(tmpdir(), "keyward-bench-")), "requests");
  const text = requests.map((request) => {
    const headers = Object.entries({ ...request.headers, ...signedHeaders(request) }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    return `${request.method} ${request.path}\n${headers.join("\n")}\n\n${request.body}`;
  });
  writeFileSync(file, text.join("\0"));
  return file;
}

export const enrolmentBody = (token: string, { jwk }: DeviceKey, name: string): string =>
  JSON.stringify({
    token,
    jwk,
    agent: { version: "0.1.0", os: "linux", arch: "x64" },
    device: { hostname: name, instanceId: "bench-1" },
  });
