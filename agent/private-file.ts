import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { AgentError } from "@/agent/agent-error";

/**
 * The text of a file that holds a key, or undefined if it is not there.
 * @param otherwise what to do if others have seen it
 * @throws {AgentError} unsafe, when anyone but the owner may read the file or it is a link
 */
export function readPrivateFile(path: string, otherwise: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new AgentError("unsafe", `${path} cannot be opened`, "It must be a plain file of the agent's own user.");
  }
  try {
    const { mode, uid } = fstatSync(descriptor);
    if (process.platform !== "win32" && (mode & 0o077 || uid !== process.getuid?.())) {
      throw new AgentError(
        "unsafe",
        `${path} can be read by other users, so the key may be known to them`,
        `If it cannot be: chmod 600 ${path}. Otherwise ${otherwise}.`,
      );
    }
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}
