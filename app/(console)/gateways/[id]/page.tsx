import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { GatewayDanger } from "@/components/gateways/gateway-danger";
import { GatewayDescription } from "@/components/gateways/gateway-description";
import { GatewayMachine } from "@/components/gateways/gateway-machine";
import { GatewaySettings } from "@/components/gateways/gateway-settings";
import { GatewayStateDot, gatewayStateLooks } from "@/components/gateways/gateway-state";
import { AutoRefresh } from "@/components/shell/auto-refresh";
import { PageTrail } from "@/components/shell/trail";
import { PageHeader } from "@/components/ui/page-header";
import { GatewayById } from "@/server/modules/gateways/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Gateway" };

export default async function GatewayPage({ params }: PageProps<"/gateways/[id]">) {
  const by = GatewayById.safeParse(await params);
  if (!by.success) notFound();
  const gateway = await (await api()).gateways.get(by.data);
  return (
    <>
      <PageTrail title={gateway.name} />
      <PageHeader
        title={gateway.name}
        status={<GatewayStateDot state={gateway.state} />}
        description={gatewayStateLooks[gateway.state].means}
        actions={<AutoRefresh />}
      />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="min-w-0 space-y-4">
          <GatewayDescription gateway={gateway} />
          <GatewayMachine gateway={gateway} />
          <GatewayDanger gateway={gateway} />
        </div>
        <GatewaySettings gateway={gateway} />
      </div>
    </>
  );
}
