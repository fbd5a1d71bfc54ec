import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { AgentError } from "@/agent/agent-error";
import { removeLeftovers, writeAtomically } from "@/agent/atomic-file";
import { NameServers } from "@/agent/tunnel/name-servers";
import { DeviceTunnel } from "@/server/modules/tunnels/schema";

/** Below the agent's state: the tunnel's files but for its key, which is beside the device's own. */
export const tunnelDir = "tunnel";
const STATE_FILE = "state.json";

const TunnelProblem = z.object({
  detail: z.string(),
  since: z.iso.datetime(),
  failures: z.number().int(),
  /** The same is not tried again before. */
  retryAt: z.iso.datetime(),
  /** What it was about. */
  etag: z.string().nullable(),
});

export const TunnelState = z.object({
  /** As chosen with --interface; null is the device's own. */
  interfaceName: z.string().nullable().default(null),
  /** What the server said last. */
  told: z.object({ etag: z.string(), tunnel: DeviceTunnel }).nullable().default(null),
  /** What was brought to the system last. */
  applied: z.object({ interfaceName: z.string(), tunnel: DeviceTunnel }).nullable().default(null),
  /** Null where the tunnel has none. */
  nameServers: NameServers.nullable().default(null),
  /** Why there is no tunnel, where that is as it should be. */
  down: z.object({ why: z.string(), since: z.iso.datetime() }).nullable().default(null),
  problem: TunnelProblem.nullable().default(null),
  /** No key is offered to the server before. */
  offerAt: z.iso.datetime().nullable().default(null),
});
export type TunnelState = z.infer<typeof TunnelState>;
export type Told = NonNullable<TunnelState["told"]>;

/** Damaged state is dropped: the server is asked for everything in it. */
export function readTunnelState(dir: string): TunnelState {
  try {
    return TunnelState.parse(JSON.parse(readFileSync(join(dir, tunnelDir, STATE_FILE), "utf8")));
  } catch {
    return TunnelState.parse({});
  }
}

export function saveTunnelState(dir: string, change: Partial<TunnelState>): TunnelState {
  const before = readTunnelState(dir);
  const next = { ...before, ...change };
  // Most rounds bring nothing new, and each write waits for the disk.
  if (JSON.stringify(next) === JSON.stringify(before)) return next;
  writeTunnelFile(dir, STATE_FILE, `${JSON.stringify(next, null, 2)}\n`);
  return next;
}

/** Writes a file of the tunnel's directory, 0600, in one step. */
export function writeTunnelFile(dir: string, name: string, text: string): void {
  const path = join(dir, tunnelDir);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  writeAtomically(join(path, name), text);
}

/** The interfaces there is a file for. */
export function interfacesMade(dir: string): string[] {
  const path = join(dir, tunnelDir);
  if (!existsSync(path)) return [];
  return readdirSync(path).flatMap((name) => /^(.+)\.conf$/.exec(name)?.[1] ?? []);
}

export function tidyTunnelDir(dir: string): void {
  const path = join(dir, tunnelDir);
  if (existsSync(path)) removeLeftovers(path);
}

/** The end of the device's id is its random part. */
export const interfaceNameOf = ({ interfaceName }: TunnelState, deviceId: string): string =>
  interfaceName ?? `kw-${deviceId.slice(-8)}`;

/** Keeps the name chosen for the interface, for all commands. @throws {AgentError} usage */
export function chooseInterface(dir: string, name: string | undefined): void {
  if (name === undefined) return;
  if (!/^[A-Za-z0-9_=+.-]{1,15}$/.test(name) || name === "." || name === "..") {
    throw new AgentError(
      "usage",
      `${name} cannot be an interface's name`,
      "Use 1 to 15 of: letters, digits, _ = + . -",
    );
  }
  saveTunnelState(dir, { interfaceName: name });
}
