"use client";

import { CalendarClock, KeyRound, Network, Unplug } from "lucide-react";
import { useReasonAgainst } from "@/components/access/can";
import { Button } from "@/components/ui/button";
import type { Tunnel, UsableGateways } from "@/server/modules/tunnels/schema";
import type { TunnelDialog } from "./device-tunnel";
import type { TunnelDevice } from "./tunnel-device";
import { useEndTunnel } from "./use-end-tunnel";

type OnOpen = (dialog: TunnelDialog) => void;

/** Of all the tunnels of a device, which share their key. */
export function NewKeyButton({ onOpen }: { onOpen: OnOpen }) {
  const disabledReason = useReasonAgainst("tunnel.update");
  return (
    <Button icon={<KeyRound aria-hidden />} disabledReason={disabledReason} onClick={() => onOpen({ kind: "key" })}>
      New key
    </Button>
  );
}

interface TunnelActionsProps {
  tunnel: Tunnel;
  /** How many more the device has. */
  others: number;
  onOpen: OnOpen;
}

/** What can be done with a tunnel that is in use. */
export function TunnelActions({ tunnel, others, onOpen }: TunnelActionsProps) {
  const disabledReason = useReasonAgainst("tunnel.update");
  const end = useEndTunnel();
  const { gatewayName } = tunnel;
  return (
    <>
      <Button
        icon={<CalendarClock aria-hidden />}
        aria-label={`Extend the tunnel to ${gatewayName}`}
        disabledReason={disabledReason}
        onClick={() => onOpen({ kind: "end", tunnel })}
      >
        Extend
      </Button>
      <Button
        variant="danger"
        icon={<Unplug aria-hidden />}
        aria-label={`End tunnel to ${gatewayName}`}
        disabledReason={disabledReason}
        onClick={() => end(tunnel, others)}
      >
        End tunnel
      </Button>
    </>
  );
}

interface GiveTunnelButtonProps {
  device: TunnelDevice;
  /** Those it has no tunnel to. */
  gateways: UsableGateways | null;
  isFirst: boolean;
  onOpen: OnOpen;
}

function reasonAgainst({ device, gateways, isFirst }: Omit<GiveTunnelButtonProps, "onOpen">): string | null {
  const { name, gatewayId, isInUse, isExpired } = device;
  if (gatewayId) return `${name} is a gateway: tunnels end at it`;
  if (!isInUse) return "Only a device in use gets a tunnel";
  if (isExpired) return `${name} has expired: change when it leaves first`;
  if (gateways?.length !== 0) return null;
  return isFirst ? "There is no gateway in use yet" : `${name} has a tunnel to every gateway in use`;
}

export function GiveTunnelButton({ onOpen, ...asked }: GiveTunnelButtonProps) {
  const forbidden = useReasonAgainst("tunnel.create");
  return (
    <Button
      variant={asked.isFirst ? "primary" : undefined}
      icon={<Network aria-hidden />}
      disabledReason={forbidden ?? reasonAgainst(asked)}
      onClick={() => onOpen({ kind: "give" })}
    >
      {asked.isFirst ? "Give it a tunnel" : "Add a tunnel"}
    </Button>
  );
}
