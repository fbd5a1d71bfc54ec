import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentError } from "@/agent/agent-error";
import { writeAtomically } from "@/agent/atomic-file";
import { kernelBootId } from "@/agent/facts/boot";

interface Owner {
  readonly pid: number;
  readonly bootId: string;
  /** Distinguishes a process from a later one with the same number. */
  readonly startedAt: string;
  readonly id: string;
}

/** A takeover is a few system calls; one this old was killed half-way. */
const TAKEOVER_MS = 5000;

/** When the kernel started a process, or "" where it does not say. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Field 22; the second is in parentheses and may hold anything.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function readOwner(path: string): Owner | undefined {
  try {
    const owner: Owner = JSON.parse(readFileSync(path, "utf8"));
    return typeof owner.pid === "number" ? owner : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(owner: Owner): boolean {
  if (owner.bootId !== kernelBootId()) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return startOf(owner.pid) === owner.startedAt;
}

/** The process that works on this state directory, if one does. */
export function lockOwner(dir: string): number | undefined {
  const owner = readOwner(join(dir, "lock"));
  return owner && isAlive(owner) ? owner.pid : undefined;
}

/** Creates the file with its content in one step; false if it is there already. */
function tryCreate(path: string, content: string): boolean {
  const temporary = `${path}.${randomUUID()}`;
  writeFileSync(temporary, content, { mode: 0o600, flag: "wx" });
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Replaces the lock of a dead process. A second file lets only one process at a time decide that it is dead. */
function takeOver(path: string, content: string): boolean {
  const claim = `${path}.takeover`;
  if (!tryCreate(claim, content)) {
    const age = Date.now() - (statSync(claim, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > TAKEOVER_MS) rmSync(claim, { force: true });
    return false;
  }
  try {
    const owner = readOwner(path);
    if (owner && isAlive(owner)) return false;
    writeAtomically(path, content);
    return true;
  } finally {
    rmSync(claim, { force: true });
  }
}

/**
 * Makes this the only agent process on a state directory until it ends, however it ends.
 * @returns the release; @throws {AgentError} busy
 */
export function acquireLock(dir: string): () => void {
  const path = join(dir, "lock");
  const mine: Owner = { pid: process.pid, bootId: kernelBootId(), startedAt: startOf(process.pid), id: randomUUID() };
  const content = JSON.stringify(mine);
  if (!tryCreate(path, content)) {
    const owner = readOwner(path);
    if ((owner && isAlive(owner)) || !takeOver(path, content)) {
      const who = owner ? ` (process ${owner.pid})` : "";
      throw new AgentError(
        "busy",
        `Another agent works on ${dir}${who}`,
        "Stop it first: systemctl stop keyward-agent, or keyward-gateway",
      );
    }
  }
  return () => {
    if (readOwner(path)?.id === mine.id) rmSync(path, { force: true });
  };
}
