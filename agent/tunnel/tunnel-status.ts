import { TunnelInterface } from "@/agent/tunnel/interface";
import type { System } from "@/agent/tunnel/system";
import { interfaceNameOf, readTunnelState } from "@/agent/tunnel/tunnel-state";

/** How the tunnel stands, for `status`; nothing in it is secret. */
export async function tunnelStatus(dir: string, deviceId: string, system: System) {
  const state = readTunnelState(dir);
  const { told, applied, nameServers, down, problem } = state;
  const name = applied?.interfaceName ?? interfaceNameOf(state, deviceId);
  const own = new TunnelInterface(system, dir, name);
  const profile = (applied?.tunnel ?? told?.tunnel)?.profile;
  return {
    interface: name,
    isUp: applied !== null && (await own.isUp()),
    addresses: profile?.addresses ?? [],
    gateway: profile ? { name: profile.gateway.name, endpoint: profile.gateway.endpoint } : null,
    routes: profile?.gateway.allowedIps ?? [],
    publicKey: told?.tunnel.publicKey ?? null,
    notAfter: told?.tunnel.notAfter ?? null,
    lastHandshakeAt: applied ? await own.lastHandshakeAt() : null,
    nameServers: { addresses: profile?.dnsServers ?? [], problem: applied ? (nameServers?.problem ?? null) : null },
    down,
    problem: problem && { detail: problem.detail, since: problem.since },
  };
}

type TunnelStatus = Awaited<ReturnType<typeof tunnelStatus>>;

export function tunnelLine({ interface: name, isUp, gateway, addresses, lastHandshakeAt, down }: TunnelStatus): string {
  if (isUp && gateway) {
    return `${name} to ${gateway.name}, ${addresses.join(", ")}, last handshake ${lastHandshakeAt ?? "never"}`;
  }
  return down ? `down: ${down.why}, since ${down.since}` : "none";
}
