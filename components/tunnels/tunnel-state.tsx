import { StatusDot, type Tone } from "@/components/ui/badge";
import type { PeerState } from "@/db/enums";
import type { Tunnel } from "@/server/modules/tunnels/schema";

export const peerStateLooks: Readonly<Record<PeerState, { label: string; tone: Tone }>> = {
  active: { label: "Active", tone: "accent" },
  superseded: { label: "Key replaced", tone: "neutral" },
  revoked: { label: "Ended", tone: "neutral" },
};

/** How a tunnel is: connected or not while it is in use, else why it is not. */
export function TunnelStateDot({ state, isOnline }: Pick<Tunnel, "state" | "isOnline">) {
  const { label, tone } = peerStateLooks[state];
  if (state !== "active") return <StatusDot tone={tone}>{label}</StatusDot>;
  return isOnline ? <StatusDot tone="success">Connected</StatusDot> : <StatusDot>Not connected</StatusDot>;
}
