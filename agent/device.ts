import { randomBytes } from "node:crypto";
import { AgentError } from "@/agent/agent-error";
import { Api } from "@/agent/api";
import { removeLeftovers } from "@/agent/atomic-file";
import { type AgentClock, createClock } from "@/agent/clock";
import { agentSigner, type Call } from "@/agent/exchange";
import { createKey, type DeviceKey, keyFiles, loadKey } from "@/agent/keys";
import { acquireLock } from "@/agent/lock";
import {
  type Enrolment,
  openStateDir,
  type Progress,
  readEnrolment,
  readProgress,
  writeEnrolment,
  writeProgress,
} from "@/agent/state";
import { version } from "@/package.json";
import type { AgentBuild, EnrolResult } from "@/server/modules/agents/schema";

/** Published OS and architecture names, as other tools spell them. */
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = { x64: "amd64", ia32: "386" };

export const agentBuild: AgentBuild = {
  version,
  os: process.platform === "win32" ? "windows" : process.platform,
  arch: ARCHITECTURES[process.arch] ?? process.arch,
};

/** Random per process: two of them taking turns on one key are a clone. */
export const instanceId = `i_${randomBytes(12).toString("base64url")}`;

const MAX_SERVER_KEYS = 3;

/** An enrolled device at work: its state on disk, its clock and its line to the server. */
export class Device {
  readonly api: Api;
  readonly clock: AgentClock;

  private currentKey: DeviceKey;
  private currentEnrolment: Enrolment;
  private currentProgress: Progress;

  constructor(
    readonly dir: string,
    loaded: { readonly key: DeviceKey; readonly enrolment: Enrolment; readonly progress: Progress },
  ) {
    this.currentKey = loaded.key;
    this.currentEnrolment = loaded.enrolment;
    this.currentProgress = loaded.progress;
    this.clock = createClock(loaded.progress.clockOffsetS);
    const url = new URL(loaded.enrolment.url);
    this.api = new Api(() => ({ url, keys: this.currentEnrolment.serverKeys }), this.clock);
  }

  get key(): DeviceKey {
    return this.currentKey;
  }

  get enrolment(): Enrolment {
    return this.currentEnrolment;
  }

  get progress(): Progress {
    return this.currentProgress;
  }

  /** A call signed by the device's current key. */
  signed(method: Call["method"], path: string, rest: Omit<Call, "method" | "path" | "signers"> = {}): Call {
    return { method, path, signers: [agentSigner(this.currentKey)], ...rest };
  }

  saveEnrolment(change: Partial<Enrolment>): void {
    const next = { ...this.currentEnrolment, ...change };
    // Most rounds bring nothing new, and each write waits for the disk.
    if (JSON.stringify(next) !== JSON.stringify(this.currentEnrolment)) writeEnrolment(this.dir, next);
    this.currentEnrolment = next;
  }

  saveProgress(change: Partial<Progress>): void {
    this.currentProgress = { ...this.currentProgress, clockOffsetS: this.clock.offsetS, ...change };
    writeProgress(this.dir, this.currentProgress);
  }

  /** Uses the key that was just put in the current one's place. */
  reloadKey(): void {
    this.currentKey = requireKey(this.dir);
  }

  /** Takes over what the server says about this device, its keys included: they came signed by one already known. */
  learn(self: EnrolResult): void {
    this.saveEnrolment(learned(self));
  }
}

/** The part of the enrolment that the server decides. */
export function learned(self: EnrolResult) {
  return {
    deviceId: self.deviceId,
    name: self.name,
    status: self.status,
    tags: self.tags,
    serverKeys: self.server.keys.slice(0, MAX_SERVER_KEYS),
    rotateAfter: self.key.rotateAfter,
    intervalS: self.checkin.intervalS,
    jitterPct: self.checkin.jitterPct,
  };
}

function requireKey(dir: string): DeviceKey {
  const key = loadKey(dir, "current");
  if (key) return key;
  throw new AgentError(
    "failed",
    `The device's key ${keyFiles.current} is gone`,
    "Start over: keyward-agent unenrol --local, then enrol with a new token.",
  );
}

/** The key to enrol with: the one an interrupted attempt left, or a new one. */
export const keyToEnrol = (dir: string): DeviceKey => loadKey(dir, "current") ?? createKey(dir, "current");

/** @throws {AgentError} not-enrolled */
export function requireEnrolment(dir: string): Enrolment {
  const enrolment = readEnrolment(dir);
  if (enrolment) return enrolment;
  throw new AgentError(
    "not-enrolled",
    "This device is not enrolled",
    "Enrol it with: keyward-agent enrol <server> --token-file <file>",
  );
}

/** Does something with the state directory that no other process may do at the same time. */
export async function withLock<Result>(path: string, work: (dir: string) => Promise<Result>): Promise<Result> {
  const dir = openStateDir(path);
  const release = acquireLock(dir);
  try {
    removeLeftovers(dir);
    return await work(dir);
  } finally {
    release();
  }
}

/** Opens the enrolled device, with the lock held, for as long as the work takes. */
export const withDevice = <Result>(path: string, work: (device: Device) => Promise<Result>): Promise<Result> =>
  withLock(path, (dir) => {
    const enrolment = requireEnrolment(dir);
    return work(new Device(dir, { key: requireKey(dir), enrolment, progress: readProgress(dir) }));
  });
