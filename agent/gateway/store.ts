import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomically } from "@/agent/atomic-file";
import { type Checked, checkState } from "@/agent/gateway/checked-state";

/** Below the agent's state directory. */
export const gatewayDir = "gateway";

const files = { state: "state", progress: "progress.json" } as const;

/** What `gateway status` shows, and how long the control plane may stay away. */
export const GatewayProgress = z.object({
  interfaceName: z.string().nullable().default(null),
  /** Seconds since 1970, by the server's clock. */
  confirmedAt: z.number().nullable().default(null),
  etag: z.string().nullable().default(null),
  outcome: z.enum(["applied", "failed", "held"]).nullable().default(null),
  error: z.string().nullable().default(null),
  /** In words, what the machine was brought to. */
  inForce: z.string().nullable().default(null),
  changedAt: z.iso.datetime().nullable().default(null),
});
export type GatewayProgress = z.infer<typeof GatewayProgress>;

export function openGatewayDir(stateDir: string): string {
  const dir = join(stateDir, gatewayDir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}

/** Keeps the bytes as they came, behind their ETag, so that half a file or a changed one is not taken for a state. */
export const writeState = (dir: string, etag: string, bytes: Uint8Array): void =>
  writeAtomically(join(dir, files.state), Buffer.concat([Buffer.from(`${etag}\n`), bytes]));

/** The last good state, or undefined if there is none. Whatever is wrong with it must not keep the gateway from starting. */
export function readState(dir: string): Checked | undefined {
  try {
    const bytes = tryRead(join(dir, files.state));
    if (!bytes) return undefined;
    const end = bytes.indexOf("\n");
    return checkState(bytes.subarray(end + 1), bytes.subarray(0, Math.max(end, 0)).toString());
  } catch (error) {
    return { ok: false, why: `It cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** When the state on disk was written, by this machine's clock; null if nobody can say. */
export function stateWrittenAtS(dir: string): number | null {
  try {
    return Math.floor(statSync(join(dir, files.state)).mtimeMs / 1000);
  } catch {
    return null;
  }
}

export const writeProgress = (dir: string, progress: GatewayProgress): void =>
  writeAtomically(join(dir, files.progress), `${JSON.stringify(progress, null, 2)}\n`);

/** What is damaged here is dropped: the state itself says when it was confirmed at the latest. */
export function readProgress(dir: string): GatewayProgress {
  try {
    return GatewayProgress.parse(JSON.parse(tryRead(join(dir, files.progress))?.toString("utf8") ?? "{}"));
  } catch {
    return GatewayProgress.parse({});
  }
}

function tryRead(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
