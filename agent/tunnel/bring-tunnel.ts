import { rmSync } from "node:fs";
import { join } from "node:path";
import { AgentError } from "@/agent/agent-error";
import { retryS } from "@/agent/backoff";
import { log } from "@/agent/log";
import { type Change, changeBetween } from "@/agent/tunnel/change";
import { explainTunnel } from "@/agent/tunnel/explain-tunnel";
import { TunnelInterface } from "@/agent/tunnel/interface";
import { canSetNow, changeWithNames } from "@/agent/tunnel/name-servers";
import type { System } from "@/agent/tunnel/system";
import { loadTunnelKey, tunnelKeyFiles } from "@/agent/tunnel/tunnel-key";
import {
  interfaceNameOf,
  interfacesMade,
  readTunnelState,
  saveTunnelState,
  type Told,
  type TunnelState,
} from "@/agent/tunnel/tunnel-state";
import { wgQuickFile } from "@/server/modules/tunnels/wg-quick.schema";

export interface Place {
  readonly dir: string;
  readonly system: System;
}

/** Keeps what went wrong for `status` and for the next try; the log hears of it once. */
export function noteProblem(dir: string, error: unknown): void {
  const detail = explainTunnel(error);
  const { problem: before, told } = readTunnelState(dir);
  const isSame = before?.detail === detail;
  if (!isSame) log.warn(`Tunnel: ${detail}`);
  const failures = isSame ? before.failures + 1 : 0;
  const now = new Date();
  const retryAt = new Date(now.getTime() + retryS(failures, undefined) * 1000).toISOString();
  const since = isSame ? before.since : now.toISOString();
  saveTunnelState(dir, { problem: { detail, since, failures, retryAt, etag: told?.etag ?? null } });
}

function keyFor(dir: string, publicKey: string): string {
  const keys = (["current", "next"] as const).map((slot) => loadTunnelKey(dir, slot));
  const found = keys.find((key) => key?.publicKey === publicKey);
  if (found) return found.privateKey;
  throw new AgentError("failed", "The key of the tunnel is gone", "The server is offered another one.");
}

/** Has the machine's tunnel be as the server said last; does nothing if it is. */
export async function bringTunnel(place: Place, deviceId: string): Promise<void> {
  const { dir, system } = place;
  const state = readTunnelState(dir);
  if (!state.told) return;
  const { tunnel } = state.told;
  const name = interfaceNameOf(state, deviceId);
  await endInterfaces(place, { but: name });
  const own = new TunnelInterface(system, dir, name);
  const change = await changeTo(state.told, own, state);
  const privateKey = keyFor(dir, tunnel.publicKey);
  // Cut short, it is begun anew.
  if (change.action === "up" || change.action === "restart") saveTunnelState(dir, { applied: null });
  const nameServers = await changeWithNames(own, change, {
    servers: tunnel.profile.dnsServers,
    before: state.nameServers,
    fileWith: (dnsServers) => {
      const profile = { ...tunnel.profile, dnsServers: [...dnsServers] };
      return wgQuickFile(profile, { privateKey, presharedKey: tunnel.presharedKey });
    },
  });
  const applied = { interfaceName: name, tunnel };
  saveTunnelState(dir, { applied, nameServers, down: null, problem: null, offerAt: null });
  if (change.action !== "nothing") log.info(`Tunnel: ${name} is up to ${tunnel.profile.gateway.name}`);
  const { problem = null } = nameServers ?? {};
  if (problem !== null && problem !== state.nameServers?.problem) log.warn(`Tunnel: ${problem}`);
}

/** The least that has to be done; a tunnel whose name servers could not be set is brought up anew once they can be. */
async function changeTo({ tunnel }: Told, own: TunnelInterface, state: TunnelState): Promise<Change> {
  const before = state.applied?.interfaceName === own.name ? state.applied.tunnel : undefined;
  const change = changeBetween(before, tunnel, { isUp: await own.isUp() });
  const isUp = change.action === "nothing" || change.action === "sync";
  return isUp && (await canSetNow(own.system, state.nameServers)) ? { action: "restart" } : change;
}

/** Also one that was brought up just before a crash, by the file that was written for it. */
async function endInterfaces({ dir, system }: Place, { but }: { but?: string } = {}): Promise<void> {
  for (const name of interfacesMade(dir)) if (name !== but) await new TunnelInterface(system, dir, name).down();
}

/** Ends the tunnel on this machine, and says why. `forever` destroys its key and what the server said of it as well. */
export async function takeTunnelDown(
  place: Place,
  why: string,
  { isForever = false }: { isForever?: boolean } = {},
): Promise<void> {
  const { dir } = place;
  const { down, applied } = readTunnelState(dir);
  await endInterfaces(place);
  const since = down?.why === why ? down.since : new Date().toISOString();
  saveTunnelState(dir, { applied: null, down: { why, since }, problem: null, ...(isForever && { told: null }) });
  if (isForever) for (const name of tunnelKeyFiles) rmSync(join(dir, name), { force: true });
  if (applied) log.info(`Tunnel: ${applied.interfaceName} is down: ${why}`);
}
