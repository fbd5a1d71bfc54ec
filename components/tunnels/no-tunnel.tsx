"use client";

import { useCan } from "@/components/access/can";
import { LinkButton } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import type { UsableGateways } from "@/server/modules/tunnels/schema";
import type { TunnelDevice } from "./tunnel-device";

interface NoTunnelProps {
  device: TunnelDevice;
  wasEnded: boolean;
  gateways: UsableGateways | null;
}

function wordsFor({ device, wasEnded, gateways }: NoTunnelProps): { title: string; description: string } {
  if (device.gatewayId) {
    return {
      title: "This device is a gateway",
      description: "Other devices' tunnels end at it; it needs none itself.",
    };
  }
  if (!device.isInUse) {
    return { title: "No tunnel", description: "Only a device that is active or waits for approval has a tunnel." };
  }
  if (gateways?.length === 0) {
    return {
      title: "No gateway in use yet",
      description: "Tunnels end at a gateway. Create one and enrol a Linux machine as it first.",
    };
  }
  if (wasEnded) {
    return {
      title: "Its tunnel ended",
      description: "It gets none by itself any more. To put it back on the private network, give it another.",
    };
  }
  if (device.hasAgent) {
    return {
      title: "No tunnel yet",
      description:
        "The device's agent brings its tunnels up by itself: to the gateways whose networks policies open to it, or to the one with the most room.",
    };
  }
  return {
    title: "No tunnel yet",
    description: "Give it a tunnel, and put the profile into the device's WireGuard app.",
  };
}

/** Why a device has no tunnel, and how it gets one. */
export function NoTunnel(props: NoTunnelProps) {
  const { device, gateways } = props;
  const maySeeGateways = useCan("gateway.read");
  const where = device.gatewayId ? `/gateways/${device.gatewayId}` : gateways?.length === 0 ? "/gateways" : null;
  return (
    <EmptyState
      kind="nothing-yet"
      {...wordsFor(props)}
      action={
        where && maySeeGateways ? (
          <LinkButton href={where}>{device.gatewayId ? "Show the gateway" : "Go to gateways"}</LinkButton>
        ) : undefined
      }
    />
  );
}
