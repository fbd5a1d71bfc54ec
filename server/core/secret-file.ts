import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * A secret's file, undefined when there is none.
 * @throws {Error} when it cannot be read or somebody else could read it
 */
export function readOwn(path: string): string | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) return undefined;
  if (process.platform !== "win32" && (status.mode & 0o077) !== 0) {
    throw new Error(`${path} is open to other users: run chmod 600 on it, and replace the key if somebody read it`);
  }
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new Error(`${path} cannot be read (${code})`, { cause: error });
  }
}

/** Writes a new secret, whole or not at all; when another process was faster, its secret is the one. */
export function writeOnce(path: string, text: string): string {
  const draft = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(draft, `${text}\n`, { mode: 0o600, flush: true });
    linkSync(draft, path);
    return text;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return readOwn(path) ?? text;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
