import { AppError } from "@/server/core/errors";

/** Deeper than anything that describes a machine, and far from what exhausts a stack. */
const MAX_DEPTH = 64;

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes("\0");

function refuse(path: readonly string[], why: string): never {
  throw new AppError("invalid", undefined, { fields: { [path.filter(isStorable).join(".")]: why } });
}

/**
 * Refuses JSON that can be read but not kept: nested without end, or with text that PostgreSQL cannot hold and
 * RFC 8785 cannot serialise (NUL, half a surrogate pair). @throws {AppError} invalid, naming the place
 */
export function requireStorable(value: unknown, path: readonly string[] = []): void {
  if (typeof value === "string" && !isStorable(value)) refuse(path, "This text holds a character that cannot be kept.");
  if (typeof value !== "object" || value === null) return;
  if (path.length >= MAX_DEPTH) refuse(path.slice(0, 3), `Nested more than ${MAX_DEPTH} levels deep.`);
  for (const [name, member] of Object.entries(value)) {
    if (!isStorable(name)) refuse(path, "A name in here holds a character that cannot be kept.");
    requireStorable(member, [...path, name]);
  }
}
