import { ListCard } from "@/components/ui/list-card";
import { Time } from "@/components/ui/time";
import type { Tunnel } from "@/server/modules/tunnels/schema";
import { TunnelStateDot } from "./tunnel-state";

interface EarlierTunnelsProps {
  /** The latest first. */
  tunnels: readonly Tunnel[];
  /** There are more than these. */
  isCut: boolean;
}

/** What a device's tunnels were before: ended, or under another key. */
export function EarlierTunnels({ tunnels, isCut }: EarlierTunnelsProps) {
  return (
    <ListCard
      title="Earlier"
      description={
        isCut ? `The latest ${tunnels.length}; the activity has them all.` : "Keys that are never accepted again."
      }
      items={tunnels}
      empty={{ title: "None before this one" }}
    >
      {(tunnel) => (
        <li key={tunnel.id} className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 px-4 py-2.5">
          <TunnelStateDot {...tunnel} />
          <span>{tunnel.gatewayName}</span>
          <code className="min-w-0 flex-1 basis-56 font-mono text-xs break-all">{tunnel.publicKey}</code>
          <span className="text-muted">
            since <Time value={tunnel.createdAt} />
          </span>
        </li>
      )}
    </ListCard>
  );
}
