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
  /** `others` is how many more the device is known to have. */
  return (tunnel: Tunnel, others = 0) => {
    const { deviceName, gatewayName, addresses } = tunnel;
    const lost = `${addresses.join(" and ")} at ${gatewayName}`;
    const impact =
      others > 0
        ? `${deviceName} loses ${lost} and what is behind it within seconds. Its other tunnels go on under the same key. It gets none to ${gatewayName} by itself until somebody gives it another.`
        : `${deviceName} is off the private network within seconds. It loses ${lost}, and its key is never accepted again. It gets no tunnel by itself until somebody gives it another.`;
    void confirm({
      title: others > 0 ? `End the tunnel of ${deviceName} to ${gatewayName}?` : `End the tunnel of ${deviceName}?`,
      impact,
      confirmLabel: "End tunnel",
      run: () => run(tunnel),
    });
  };
}
