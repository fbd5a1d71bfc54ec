"use client";

import { useState } from "react";
import { Card } from "@/components/ui/card";
import type { Tunnel, UsableGateways } from "@/server/modules/tunnels/schema";
import { AddTunnelDialog } from "./add-tunnel-dialog";
import { ExtendTunnelDialog } from "./extend-tunnel-dialog";
import { GiveTunnelDialog } from "./give-tunnel-dialog";
import { NewKeyDialog } from "./new-key-dialog";
import { NoTunnel } from "./no-tunnel";
import { type MadeProfile, ProfileDialog } from "./profile-dialog";
import { GiveTunnelButton, NewKeyButton, TunnelActions } from "./tunnel-actions";
import type { TunnelDevice } from "./tunnel-device";
import { TunnelFacts } from "./tunnel-facts";

interface DeviceTunnelProps {
  device: TunnelDevice;
  /** The primary one first. */
  tunnels: readonly Tunnel[];
  /** The last one was ended: the device gets none by itself. */
  wasEnded: boolean;
  /** Null for those who may not give any. */
  gateways: UsableGateways | null;
}

/** Which dialog is open, and the tunnel it is about. */
export type TunnelDialog = { kind: "give" | "key" } | { kind: "end"; tunnel: Tunnel };

/**
 * A device's tunnels, or the way to one. The profile that was just made is kept here, whatever the page behind it turns
 * into meanwhile: it is shown only once.
 */
export function DeviceTunnel({ device, tunnels, wasEnded, gateways }: DeviceTunnelProps) {
  const [open, setOpen] = useState<TunnelDialog | null>(null);
  const [made, setMade] = useState<MadeProfile | null>(null);
  const [primary] = tunnels;
  const free = gateways?.filter(({ id }) => tunnels.every(({ gatewayId }) => gatewayId !== id)) ?? null;
  const close = () => setOpen(null);
  const show = (profile: MadeProfile) => {
    close();
    setMade(profile);
  };
  return (
    <Card
      title={tunnels.length > 1 ? "Tunnels" : "Tunnel"}
      isFlush={!primary}
      actions={
        <>
          {primary ? <NewKeyButton onOpen={setOpen} /> : null}
          <GiveTunnelButton device={device} gateways={free} isFirst={!primary} onOpen={setOpen} />
        </>
      }
    >
      {primary ? (
        <TunnelSections tunnels={tunnels} onOpen={setOpen} />
      ) : (
        <NoTunnel device={device} wasEnded={wasEnded} gateways={gateways} />
      )}
      {open?.kind === "give" && primary ? (
        <AddTunnelDialog device={device} gateways={free ?? []} onClose={close} />
      ) : null}
      {open?.kind === "give" && !primary ? (
        <GiveTunnelDialog device={device} gateways={gateways ?? []} onClose={close} onMade={show} />
      ) : null}
      {open?.kind === "key" && primary ? (
        <NewKeyDialog tunnel={primary} hasAgent={device.hasAgent} onClose={close} onMade={show} />
      ) : null}
      {open?.kind === "end" ? <ExtendTunnelDialog tunnel={open.tunnel} onClose={close} /> : null}
      {made ? <ProfileDialog made={made} onStored={() => setMade(null)} /> : null}
    </Card>
  );
}

interface TunnelSectionsProps {
  tunnels: readonly Tunnel[];
  onOpen: (dialog: TunnelDialog) => void;
}

/** Each tunnel with what can be done with it; of several, the first is what a full tunnel goes through. */
function TunnelSections({ tunnels, onOpen }: TunnelSectionsProps) {
  return (
    <ul className="divide-y divide-line">
      {tunnels.map((tunnel, at) => (
        <li key={tunnel.id} className="space-y-3 py-4 first:pt-0 last:pb-0">
          <div className="flex flex-wrap items-center justify-between gap-2">
            <h3 className="font-medium">
              {tunnel.gatewayName}
              {at === 0 && tunnels.length > 1 ? <span className="font-normal text-muted"> (primary)</span> : null}
            </h3>
            <div className="flex flex-wrap gap-2">
              <TunnelActions tunnel={tunnel} others={tunnels.length - 1} onOpen={onOpen} />
            </div>
          </div>
          <TunnelFacts tunnel={tunnel} />
        </li>
      ))}
    </ul>
  );
}
