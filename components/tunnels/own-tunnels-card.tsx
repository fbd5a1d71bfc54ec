"use client";

import { Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { counted } from "@/components/ui/counted";
import { ListCard } from "@/components/ui/list-card";
import type { OwnTunnels } from "@/server/modules/tunnels/schema";
import { AddDeviceDialog } from "./add-device-dialog";
import { OwnTunnelItem } from "./own-tunnel-item";
import { type MadeProfile, ProfileDialog } from "./profile-dialog";

function reasonAgainst({ gateways, allowance: { used, limit } }: Pick<OwnTunnels, "gateways" | "allowance">) {
  if (gateways.length === 0) return "Your organisation has no gateway yet";
  return used < limit ? null : "You have as many devices as you may: end one, or ask an administrator for more";
}

/** One's own devices on the private network, and the ways to add one, renew its key and end it. */
export function OwnTunnelsCard({ tunnels, gateways, allowance, lifetimeDays }: OwnTunnels) {
  const [isAdding, setAdding] = useState(false);
  const [made, setMade] = useState<MadeProfile | null>(null);
  return (
    <>
      <ListCard
        title="Devices on the private network"
        description={
          <>
            You have {allowance.used} of {counted(allowance.limit, "device")}. Each has a key of its own. What it
            reaches is what your organisation's policies allow.
          </>
        }
        actions={
          <Button
            variant="primary"
            icon={<Plus aria-hidden />}
            disabledReason={reasonAgainst({ gateways, allowance })}
            onClick={() => setAdding(true)}
          >
            Add device
          </Button>
        }
        items={tunnels}
        empty={{
          title: "None of your devices is on the private network",
          description: "Add your phone or laptop here, or run the join command of your administrator on a machine.",
        }}
      >
        {(tunnel) => <OwnTunnelItem key={tunnel.id} tunnel={tunnel} lifetimeDays={lifetimeDays} onMade={setMade} />}
      </ListCard>
      {isAdding ? <AddDeviceDialog gateways={gateways} onClose={() => setAdding(false)} /> : null}
      {made ? <ProfileDialog made={made} onStored={() => setMade(null)} /> : null}
    </>
  );
}
