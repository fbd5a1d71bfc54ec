import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { syncDirectory } from "@/agent/atomic-file";
import { createKeyFile, loadKeyFile, type TunnelKey } from "@/agent/wireguard-key";

const files = { current: "tunnel.key", next: "tunnel.next.key" } as const;
export type TunnelKeySlot = keyof typeof files;
export const tunnelKeyFiles: readonly string[] = Object.values(files);

/** Makes the key of this device's end of its tunnel. */
export const createTunnelKey = (dir: string, slot: TunnelKeySlot): TunnelKey => createKeyFile(join(dir, files[slot]));

/** @throws {AgentError} unsafe, when others may read it; failed, when it is no key */
export const loadTunnelKey = (dir: string, slot: TunnelKeySlot): TunnelKey | undefined =>
  loadKeyFile(join(dir, files[slot]), "delete it: the agent makes another");

/** Puts the next key in the current one's place in one step, which also destroys the old. */
export function promoteNextTunnelKey(dir: string): void {
  renameSync(join(dir, files.next), join(dir, files.current));
  syncDirectory(dir);
}

export const dropTunnelKey = (dir: string, slot: TunnelKeySlot): void =>
  rmSync(join(dir, files[slot]), { force: true });
