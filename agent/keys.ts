import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { AgentError } from "@/agent/agent-error";
import { syncDirectory, writeAtomically } from "@/agent/atomic-file";
import { readPrivateFile } from "@/agent/private-file";
import { type PublicJwk, parsePublicJwk } from "@/server/core/public-jwk";

export interface DeviceKey {
  readonly kid: string;
  readonly jwk: PublicJwk;
  readonly key: KeyObject;
}

export const keyFiles = { current: "identity.key", next: "identity.next.key" } as const;
export type KeySlot = keyof typeof keyFiles;

function fromPem(pem: string, path: string): DeviceKey {
  try {
    const key = createPrivateKey(pem);
    const parsed = parsePublicJwk(createPublicKey(key).export({ format: "jwk" }));
    if (parsed.ok) return { kid: parsed.kid, jwk: parsed.jwk, key };
  } catch {
    // Falls through to the one message there is for a file that holds no usable key.
  }
  throw new AgentError("failed", `${path} does not hold an Ed25519 or P-256 key`);
}

/** Makes an Ed25519 key and has it on disk, 0600 and synced, before anyone hears of it. */
export function createKey(dir: string, slot: KeySlot): DeviceKey {
  const path = join(dir, keyFiles[slot]);
  const pem = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  writeAtomically(path, pem);
  return fromPem(pem, path);
}

/** @throws {AgentError} unsafe, when anyone but the owner may read the file or it is a link */
export function loadKey(dir: string, slot: KeySlot): DeviceKey | undefined {
  const path = join(dir, keyFiles[slot]);
  const pem = readPrivateFile(path, "revoke the device in the console and enrol anew");
  return pem === undefined ? undefined : fromPem(pem, path);
}

/** Puts the next key in the current one's place in one step, which also destroys the old. */
export function promoteNextKey(dir: string): void {
  renameSync(join(dir, keyFiles.next), join(dir, keyFiles.current));
  syncDirectory(dir);
}
