import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AgentError } from "@/agent/agent-error";
import { syncDirectory, writeAtomically } from "@/agent/atomic-file";
import { readPrivateFile } from "@/agent/private-file";
import { WireguardKey } from "@/server/modules/gateways/state.schema";

/** The key of this device's end of its tunnel, in WireGuard's spelling. */
export interface TunnelKey {
  readonly publicKey: string;
  readonly privateKey: string;
}

const files = { current: "tunnel.key", next: "tunnel.next.key" } as const;
export type TunnelKeySlot = keyof typeof files;
export const tunnelKeyFiles: readonly string[] = Object.values(files);

/** What precedes the 32 bytes of an X25519 key in PKCS #8. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");

const rawHalf = (key: KeyObject, member: "d" | "x"): string =>
  Buffer.from(key.export({ format: "jwk" })[member] ?? "", "base64url").toString("base64");

function withPublicHalf(privateKey: string): TunnelKey {
  const der = Buffer.concat([PKCS8_HEAD, Buffer.from(privateKey, "base64")]);
  return {
    privateKey,
    publicKey: rawHalf(createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" })), "x"),
  };
}

/** Makes a key and has it on disk, 0600 and synced, before anyone hears of its public half. */
export function createTunnelKey(dir: string, slot: TunnelKeySlot): TunnelKey {
  const privateKey = rawHalf(generateKeyPairSync("x25519").privateKey, "d");
  writeAtomically(join(dir, files[slot]), `${privateKey}\n`);
  return withPublicHalf(privateKey);
}

/** @throws {AgentError} unsafe, when others may read it; failed, when it is no key */
export function loadTunnelKey(dir: string, slot: TunnelKeySlot): TunnelKey | undefined {
  const path = join(dir, files[slot]);
  const found = readPrivateFile(path, "delete it: the agent makes another");
  if (found === undefined) return undefined;
  const { data: privateKey } = WireguardKey.safeParse(found.trim());
  if (privateKey) return withPublicHalf(privateKey);
  throw new AgentError("failed", `${path} does not hold a WireGuard key`, "Delete it: the agent makes another.");
}

/** Puts the next key in the current one's place in one step, which also destroys the old. */
export function promoteNextTunnelKey(dir: string): void {
  renameSync(join(dir, files.next), join(dir, files.current));
  syncDirectory(dir);
}

export const dropTunnelKey = (dir: string, slot: TunnelKeySlot): void =>
  rmSync(join(dir, files[slot]), { force: true });
