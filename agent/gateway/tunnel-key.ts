import { join } from "node:path";
import { createKeyFile, loadKeyFile, type TunnelKey } from "@/agent/wireguard-key";

const KEY_FILE = "tunnel.key";

/** The tunnel's key, made here the first time and never told anybody. @throws {AgentError} unsafe, failed */
export function openTunnelKey(dir: string): TunnelKey {
  const path = join(dir, KEY_FILE);
  const otherwise = "delete it: the gateway makes another, and its devices need a new configuration";
  return loadKeyFile(path, otherwise) ?? createKeyFile(path);
}
