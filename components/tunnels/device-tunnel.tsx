"use client";

import { useState } from "react";
import { Card } from "@/components/ui/card";
import type { Tunnel, UsableGateways } from "@/server/modules/tunnels/schema";
import { ExtendTunnelDialog } from "./extend-tunnel-dialog";
import { GiveTunnelDialog } from "./give-tunnel-dialog";
import { NewKeyDialog } from "./new-key-dialog";
import { NoTunnel } from "./no-tunnel";
import { type MadeProfile, ProfileDialog } from "./profile-dialog";
import { GiveTunnelButton, TunnelActions } from "./tunnel-actions";
import type { TunnelDevice } from "./tunnel-device";
import { TunnelFacts } from "./tunnel-facts";

interface DeviceTunnelProps {
  device: TunnelDevice;
  tunnel: Tunnel | null;
  /** The last one was ended: the device gets none by itself. */
  wasEnded: boolean;
  /** Null for those who may not give any. */
  gateways: UsableGateways | null;
}

export type TunnelDialog = "give" | "key" | "end";

/**
 * A device's tunnel, or the way to one. The profile that was just made is kept here, whatever the page behind it turns
 * into meanwhile: it is shown only once.
 */
export function DeviceTunnel({ device, tunnel, wasEnded, gateways }: DeviceTunnelProps) {
  const [open, setOpen] = useState<TunnelDialog | null>(null);
  const [made, setMade] = useState<MadeProfile | null>(null);
  const close = () => setOpen(null);
  const show = (profile: MadeProfile) => {
    close();
    setMade(profile);
  };
  return (
    <Card
      title="Tunnel"
      isFlush={!tunnel}
      actions={
        tunnel ? (
          <TunnelActions tunnel={tunnel} onOpen={setOpen} />
        ) : (
          <GiveTunnelButton device={device} gateways={gateways} onOpen={setOpen} />
        )
      }
    >
      {tunnel ? <TunnelFacts tunnel={tunnel} /> : <NoTunnel device={device} wasEnded={wasEnded} gateways={gateways} />}
      {open === "give" ? (
        <GiveTunnelDialog device={device} gateways={gateways ?? []} onClose={close} onMade={show} />
      ) : null}
      {open === "key" && tunnel ? (
        <NewKeyDialog tunnel={tunnel} hasAgent={device.hasAgent} onClose={close} onMade={show} />
      ) : null}
      {open === "end" && tunnel ? <ExtendTunnelDialog tunnel={tunnel} onClose={close} /> : null}
      {made ? <ProfileDialog made={made} onStored={() => setMade(null)} /> : null}
    </Card>
  );
}
