import type { Metadata } from "next";
import { GatewayDanger } from "@/components/gateways/gateway-danger";
import { GatewayDescription } from "@/components/gateways/gateway-description";
import { GatewayFrame } from "@/components/gateways/gateway-frame";
import { GatewayMachine } from "@/components/gateways/gateway-machine";
import { GatewaySettings } from "@/components/gateways/gateway-settings";
import { gatewayOf } from "./gateway";

export const metadata: Metadata = { title: "Gateway" };

export default async function GatewayPage({ params }: PageProps<"/gateways/[id]">) {
  const gateway = await gatewayOf(params);
  return (
    <GatewayFrame gateway={gateway} tab="summary">
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="min-w-0 space-y-4">
          <GatewayDescription gateway={gateway} />
          <GatewayMachine gateway={gateway} />
          <GatewayDanger gateway={gateway} />
        </div>
        <GatewaySettings gateway={gateway} />
      </div>
    </GatewayFrame>
  );
}
