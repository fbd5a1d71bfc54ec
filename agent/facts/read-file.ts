import { readFileSync } from "node:fs";

/** The trimmed text of a small file, or undefined if it is not there, not readable or empty. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").replaceAll("\0", "").trim() || undefined;
  } catch {
    return undefined;
  }
}
