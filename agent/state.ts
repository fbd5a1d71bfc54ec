import { lstatSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { AgentError } from "@/agent/agent-error";
import { writeAtomically } from "@/agent/atomic-file";
import { FactSection } from "@/server/modules/agents/facts.schema";
import { AgentDeviceStatus, ServerKey } from "@/server/modules/agents/schema";

/** Who this device is to which server. Written at enrolment and when the server says otherwise. */
export const Enrolment = z.object({
  url: z.url(),
  deviceId: z.uuid(),
  name: z.string(),
  status: AgentDeviceStatus,
  tags: z.array(z.string()),
  serverKeys: z.array(ServerKey).min(1),
  /** Whether the first server key was given by the operator, or trusted on first use. */
  isServerPinned: z.boolean(),
  rotateAfter: z.iso.datetime(),
  intervalS: z.number(),
  jitterPct: z.number(),
  firstAfterS: z.number(),
  /** Where a token can be read again, should the server have lost this device. */
  tokenFile: z.string().nullable(),
  enrolledAt: z.iso.datetime(),
});
export type Enrolment = z.infer<typeof Enrolment>;

/** What changes from round to round. Losing it costs nothing but a few questions to the server. */
export const Progress = z.object({
  clockOffsetS: z.number().default(0),
  lastContactAt: z.iso.datetime().nullable().default(null),
  lastSelfAt: z.iso.datetime().nullable().default(null),
  appliedEtag: z.string().nullable().default(null),
  factsHash: z.partialRecord(FactSection, z.string()).default({}),
  /** Sections the server would not take, by the hash of what it refused, which is not offered again. */
  rejectedFacts: z.partialRecord(FactSection, z.string()).default({}),
  problem: z.object({ code: z.string(), detail: z.string(), since: z.iso.datetime() }).nullable().default(null),
});
export type Progress = z.infer<typeof Progress>;

const files = { enrolment: "enrolment.json", progress: "progress.json" } as const;

/**
 * Where state lives unless `--state-dir` or KEYWARD_AGENT_STATE say otherwise. A gateway is a device of its own, which
 * may run beside the machine's agent.
 */
export function defaultStateDir(role: "agent" | "gateway" = "agent", env: NodeJS.ProcessEnv = process.env): string {
  if (env.KEYWARD_AGENT_STATE) return env.KEYWARD_AGENT_STATE;
  if (process.getuid?.() === 0) return `/var/lib/keyward-${role}`;
  return join(env.XDG_STATE_HOME ?? join(homedir(), ".local", "state"), `keyward-${role}`);
}

/** Creates the directory, or checks that nobody else can look into it. @throws {AgentError} unsafe */
export function openStateDir(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const stat = lstatSync(path);
  if (!stat.isDirectory()) throw new AgentError("unsafe", `${path} is not a directory`);
  if (process.platform === "win32") return path;
  if (stat.uid !== process.getuid?.()) {
    throw new AgentError("unsafe", `${path} belongs to another user`, "Run the agent as the user that enrolled it.");
  }
  if (stat.mode & 0o077) {
    throw new AgentError("unsafe", `${path} is open to other users`, `Close it with: chmod 700 ${path}`);
  }
  return path;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new AgentError(
      "failed",
      `${path} cannot be read`,
      "Restore it, or start over with: keyward-agent unenrol --local",
    );
  }
}

/** @throws {AgentError} failed, when the file is there and says nothing that makes sense */
export function readEnrolment(dir: string): Enrolment | undefined {
  const path = join(dir, files.enrolment);
  const found = readJson(path);
  if (found === undefined) return undefined;
  const parsed = Enrolment.safeParse(found);
  if (parsed.success) return parsed.data;
  throw new AgentError("failed", `${path} is damaged`, "Start over with: keyward-agent unenrol --local");
}

/** Damaged progress is dropped, not mourned. */
export function readProgress(dir: string): Progress {
  try {
    return Progress.parse(readJson(join(dir, files.progress)) ?? {});
  } catch {
    return Progress.parse({});
  }
}

const write = (dir: string, name: string, value: unknown) =>
  writeAtomically(join(dir, name), `${JSON.stringify(value, null, 2)}\n`);

export const writeEnrolment = (dir: string, value: Enrolment): void => write(dir, files.enrolment, value);
export const writeProgress = (dir: string, value: Progress): void => write(dir, files.progress, value);

/** Forgets everything but the lock: keys, enrolment, cache and reports. */
export function wipeState(dir: string, names: readonly string[]): void {
  for (const name of [...names, ...Object.values(files)]) rmSync(join(dir, name), { force: true, recursive: true });
}
