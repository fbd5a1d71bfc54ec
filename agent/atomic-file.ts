import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const LEFTOVER = /\.[0-9a-f]{12}\.tmp$/;

/** Makes a rename or removal in this directory survive a power cut. */
export function syncDirectory(path: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Replaces a file so that a reader, or a crash at any instant, sees the old content or the new, complete. */
export function writeAtomically(path: string, data: string | Uint8Array, mode = 0o600): void {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  const descriptor = openSync(temporary, "wx", mode);
  try {
    try {
      writeFileSync(descriptor, data);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    // On a full disk every try would leave one.
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

/** Removes what a killed {@link writeAtomically} left behind; only the holder of the lock may. */
export function removeLeftovers(directory: string): void {
  for (const name of readdirSync(directory)) if (LEFTOVER.test(name)) rmSync(join(directory, name), { force: true });
}
