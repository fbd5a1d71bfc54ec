import { StatusDot, type Tone } from "@/components/ui/badge";
import type { GatewayState } from "@/server/modules/gateways/schema";

export const gatewayStateLooks: Readonly<Record<GatewayState, { label: string; tone: Tone; means: string }>> = {
  never: { label: "Never enrolled", tone: "neutral", means: "No machine has enrolled as this gateway yet." },
  error: { label: "Error", tone: "danger", means: "The gateway could not apply what it should enforce." },
  offline: { label: "Offline", tone: "danger", means: "It has not been heard of. It keeps to the last state it got." },
  pending: { label: "Pending", tone: "warning", means: "A change is on its way to the gateway." },
  synced: { label: "In sync", tone: "success", means: "It enforces everything that was decided." },
};

export function GatewayStateDot({ state }: { state: GatewayState }) {
  const { label, tone } = gatewayStateLooks[state];
  return <StatusDot tone={tone}>{label}</StatusDot>;
}
