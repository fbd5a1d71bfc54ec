import { TunnelInterface } from "@/agent/tunnel/interface";
import type { System } from "@/agent/tunnel/system";
import { interfaceNameOf, readTunnelState } from "@/agent/tunnel/tunnel-state";
import { gatewaysOf } from "@/server/modules/tunnels/schema";

/** How the tunnel stands, for `status`; nothing in it is secret. */
export async function tunnelStatus(dir: string, deviceId: string, system: System) {
  const state = readTunnelState(dir);
  const { told, applied, nameServers, down, problem } = state;
  const name = applied?.interfaceName ?? interfaceNameOf(state, deviceId);
  const own = new TunnelInterface(system, dir, name);
  const profile = (applied?.tunnel ?? told?.tunnel)?.profile;
  const gateways = profile ? gatewaysOf(profile) : [];
  const [gateway = null, ...others] = gateways.map((each) => ({ name: each.name, endpoint: each.endpoint }));
  return {
    interface: name,
    isUp: applied !== null && (await own.isUp()),
    addresses: profile?.addresses ?? [],
    gateway,
    others,
    routes: gateways.flatMap(({ allowedIps }) => allowedIps),
    publicKey: told?.tunnel.publicKey ?? null,
    notAfter: told?.tunnel.notAfter ?? null,
    lastHandshakeAt: applied ? await own.lastHandshakeAt() : null,
    nameServers: { addresses: profile?.dnsServers ?? [], problem: applied ? (nameServers?.problem ?? null) : null },
    down,
    problem: problem && { detail: problem.detail, since: problem.since },
  };
}

type TunnelStatus = Awaited<ReturnType<typeof tunnelStatus>>;

export function tunnelLine(status: TunnelStatus): string {
  const { interface: name, isUp, gateway, others, addresses, lastHandshakeAt, down } = status;
  if (isUp && gateway) {
    const gateways = [gateway, ...others].map((each) => each.name).join(" and ");
    return `${name} to ${gateways}, ${addresses.join(", ")}, last handshake ${lastHandshakeAt ?? "never"}`;
  }
  return down ? `down: ${down.why}, since ${down.since}` : "none";
}
