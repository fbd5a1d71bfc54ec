import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { AgentError } from "@/agent/agent-error";
import { writeAtomically } from "@/agent/atomic-file";
import { readPrivateFile } from "@/agent/private-file";
import { WireguardKey } from "@/server/modules/gateways/state.schema";

/** The key of the gateway's tunnel, in WireGuard's spelling. */
export interface TunnelKey {
  readonly publicKey: string;
  readonly privateKey: string;
}

const KEY_FILE = "tunnel.key";
/** What precedes the 32 bytes of an X25519 key in PKCS #8. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");

const rawHalf = (key: KeyObject, member: "d" | "x"): string =>
  Buffer.from(key.export({ format: "jwk" })[member] ?? "", "base64url").toString("base64");

const publicHalf = (privateKey: string): string => {
  const der = Buffer.concat([PKCS8_HEAD, Buffer.from(privateKey, "base64")]);
  return rawHalf(createPublicKey(createPrivateKey({ key: der, format: "der", type: "pkcs8" })), "x");
};

/** The tunnel's key, made here the first time and never told anybody. @throws {AgentError} unsafe, failed */
export function openTunnelKey(dir: string): TunnelKey {
  const path = join(dir, KEY_FILE);
  const found = readPrivateFile(path, "delete it: the gateway makes another, and its devices need a new configuration");
  if (found === undefined) {
    const privateKey = rawHalf(generateKeyPairSync("x25519").privateKey, "d");
    writeAtomically(path, `${privateKey}\n`);
    return { privateKey, publicKey: publicHalf(privateKey) };
  }
  const { data: privateKey } = WireguardKey.safeParse(found.trim());
  if (privateKey) return { privateKey, publicKey: publicHalf(privateKey) };
  throw new AgentError(
    "failed",
    `${path} does not hold a WireGuard key`,
    "Restore it, or delete it to have a new one.",
  );
}
