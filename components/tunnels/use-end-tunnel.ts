"use client";

import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { useConfirm } from "@/components/ui/confirm";
import type { Tunnel } from "@/server/modules/tunnels/schema";

/** Asks, saying what is lost, and ends a tunnel. */
export function useEndTunnel() {
  const confirm = useConfirm();
  const { run } = useAction(({ id }: Pick<Tunnel, "id">) => trpc.tunnels.revoke.mutate({ id }), {
    success: ({ deviceName }) => `The tunnel of ${deviceName} was ended`,
    problems: { conflict: "It ended already" },
  });
  return (tunnel: Tunnel) => {
    const { deviceName, gatewayName, addresses } = tunnel;
    void confirm({
      title: `End the tunnel of ${deviceName}?`,
      impact: `${deviceName} is off the private network within seconds. It loses ${addresses.join(" and ")} at ${gatewayName}, and its key is never accepted again. It gets no tunnel by itself until somebody gives it another.`,
      confirmLabel: "End tunnel",
      run: () => run(tunnel),
    });
  };
}
