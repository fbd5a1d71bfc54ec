"use client";

import { CalendarClock, KeyRound, Network, Unplug } from "lucide-react";
import { useReasonAgainst } from "@/components/access/can";
import { Button } from "@/components/ui/button";
import type { Tunnel, UsableGateways } from "@/server/modules/tunnels/schema";
import type { TunnelDialog } from "./device-tunnel";
import type { TunnelDevice } from "./tunnel-device";
import { useEndTunnel } from "./use-end-tunnel";

type OnOpen = (dialog: TunnelDialog) => void;

/** What can be done with a tunnel that is in use. */
export function TunnelActions({ tunnel, onOpen }: { tunnel: Tunnel; onOpen: OnOpen }) {
  const disabledReason = useReasonAgainst("tunnel.update");
  const end = useEndTunnel();
  return (
    <>
      <Button icon={<KeyRound aria-hidden />} disabledReason={disabledReason} onClick={() => onOpen("key")}>
        New key
      </Button>
      <Button icon={<CalendarClock aria-hidden />} disabledReason={disabledReason} onClick={() => onOpen("end")}>
        Extend
      </Button>
      <Button
        variant="danger"
        icon={<Unplug aria-hidden />}
        disabledReason={disabledReason}
        onClick={() => end(tunnel)}
      >
        End tunnel
      </Button>
    </>
  );
}

interface GiveTunnelButtonProps {
  device: TunnelDevice;
  gateways: UsableGateways | null;
  onOpen: OnOpen;
}

function reasonAgainst({ name, gatewayId, isInUse }: TunnelDevice, gateways: UsableGateways | null): string | null {
  if (gatewayId) return `${name} is a gateway: tunnels end at it`;
  if (!isInUse) return "Only a device in use gets a tunnel";
  return gateways?.length === 0 ? "There is no gateway in use yet" : null;
}

export function GiveTunnelButton({ device, gateways, onOpen }: GiveTunnelButtonProps) {
  const forbidden = useReasonAgainst("tunnel.create");
  return (
    <Button
      variant="primary"
      icon={<Network aria-hidden />}
      disabledReason={forbidden ?? reasonAgainst(device, gateways)}
      onClick={() => onOpen("give")}
    >
      Give it a tunnel
    </Button>
  );
}
