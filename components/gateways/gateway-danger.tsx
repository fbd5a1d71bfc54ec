"use client";

import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useReasonAgainst } from "@/components/access/can";
import { trpc } from "@/components/trpc/client";
import { useAction } from "@/components/trpc/use-action";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useConfirm } from "@/components/ui/confirm";
import type { GatewayDetail } from "@/server/modules/gateways/schema";

function impact({ tunnels, networks }: GatewayDetail): string {
  const ended = tunnels === 1 ? "One tunnel ends" : `${tunnels.toLocaleString("en-GB")} tunnels end`;
  const lost = networks.length > 0 ? ` Nobody reaches ${networks.map(({ network }) => network).join(", ")} by it.` : "";
  return `${ended} and their addresses are given back.${lost} Who had which address stays known. This cannot be undone.`;
}

/** What cannot be undone. */
export function GatewayDanger({ gateway }: { gateway: GatewayDetail }) {
  const router = useRouter();
  const confirm = useConfirm();
  const reason = useReasonAgainst("gateway.remove");
  const { id, name } = gateway;
  const { run } = useAction(() => trpc.gateways.remove.mutate({ id, confirmation: name }), {
    success: `Gateway ${name} removed`,
    onDone: () => router.push("/gateways"),
  });
  const ask = () =>
    void confirm({
      title: `Remove the gateway ${name}?`,
      impact: impact(gateway),
      confirmLabel: "Remove gateway",
      typeToConfirm: name,
      run,
    });
  return (
    <Card title="Danger zone" description="Removing the gateway ends every tunnel to it.">
      <Button variant="danger" icon={<Trash2 aria-hidden />} disabledReason={reason} onClick={ask}>
        Remove gateway
      </Button>
    </Card>
  );
}
