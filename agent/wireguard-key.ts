import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { AgentError } from "@/agent/agent-error";
import { writeAtomically } from "@/agent/atomic-file";
import { readPrivateFile } from "@/agent/private-file";
import { WireguardKey } from "@/server/modules/gateways/state.schema";

/** The key of one end of a tunnel, in WireGuard's spelling. */
export interface TunnelKey {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** What precedes the 32 bytes of an X25519 key in PKCS #8. */
const PKCS8_HEAD = Buffer.from("302e020100300506032b656e04220420", "hex");

const rawHalf = (key: KeyObject, member: "d" | "x"): string =>
  Buffer.from(key.export({ format: "jwk" })[member] ?? "", "base64url").toString("base64");

function withPublicHalf(privateKey: string): TunnelKey {
  const key = Buffer.concat([PKCS8_HEAD, Buffer.from(privateKey, "base64")]);
  return {
    privateKey,
    publicKey: rawHalf(createPublicKey(createPrivateKey({ key, format: "der", type: "pkcs8" })), "x"),
  };
}

/** Makes a key and has it on disk, 0600 and synced, before anyone hears of its public half. */
export function createKeyFile(path: string): TunnelKey {
  const privateKey = rawHalf(generateKeyPairSync("x25519").privateKey, "d");
  writeAtomically(path, `${privateKey}\n`);
  return withPublicHalf(privateKey);
}

/**
 * The key in a file, or undefined if there is no such file.
 * @param otherwise what to do if the file is no longer to be trusted
 * @throws {AgentError} unsafe, when others may read it; failed, when it is no key
 */
export function loadKeyFile(path: string, otherwise: string): TunnelKey | undefined {
  const found = readPrivateFile(path, otherwise);
  if (found === undefined) return undefined;
  const { data: privateKey } = WireguardKey.safeParse(found.trim());
  if (privateKey) return withPublicHalf(privateKey);
  throw new AgentError("failed", `${path} does not hold a WireGuard key`, `Restore it, or ${otherwise}.`);
}
