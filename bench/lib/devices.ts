import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newNonce, type SignatureTag, signRequest } from "@/server/core/message-signature";
import { type PublicJwk, parsePublicJwk } from "@/server/core/public-jwk";
import type { Bench } from "./keyward";

/** The wrk script that sends what {@link replayFile} wrote. */
export const REPLAY = join(import.meta.dirname, "replay.lua");

/** How many devices one token takes at most. */
const TOKEN_USES = 1000;

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

/** Enrols devices, active at once, over the API. */
export async function enrolDevices({ url, trpc }: Pick<Bench, "url" | "trpc">, count: number): Promise<DeviceKey[]> {
  const path = "/api/agent/v1/enrolments";
  const enrol = async (secret: string): Promise<DeviceKey> => {
    const device = newDeviceKey();
    const body = enrolmentBody(secret, device, `bench-${device.kid}`);
    const headers = signedHeaders({ url, method: "POST", path, body, tag: "keyward-enrol-v1", device });
    const response = await fetch(url + path, { method: "POST", body, headers });
    if (response.status !== 201) throw new Error(`enrolment answered ${response.status}: ${await response.text()}`);
    return device;
  };
  const devices: DeviceKey[] = [];
  while (devices.length < count) {
    const usageLimit = Math.min(TOKEN_USES, count - devices.length);
    const { secret } = await trpc<{ secret: string }>("enrolment.create", {
      name: `bench-${devices.length}`,
      usageLimit,
      requireApproval: false,
    });
    for (let left = usageLimit; left > 0; left -= 25) {
      const some = Array.from({ length: Math.min(25, left) }, () => enrol(secret));
      devices.push(...(await Promise.all(some)));
    }
  }
  return devices;
}
