import type { Metadata } from "next";
import { CreateGatewayButton } from "@/components/gateways/create-gateway-button";
import { GatewaysTable } from "@/components/gateways/gateways-table";
import { AutoRefresh } from "@/components/shell/auto-refresh";
import { PageHeader } from "@/components/ui/page-header";
import { gatewayDirection, ListGateways } from "@/server/modules/gateways/schema";
import { api } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Gateways" };

export default async function GatewaysPage({ searchParams }: PageProps<"/gateways">) {
  const filter = ListGateways.catch(ListGateways.parse({})).parse(await searchParams);
  const page = await (await api()).gateways.list(filter);
  return (
    <>
      <PageHeader
        title="Gateways"
        description="Where devices' tunnels end, and what can be reached from there."
        actions={
          <>
            <AutoRefresh />
            <CreateGatewayButton />
          </>
        }
      />
      <GatewaysTable page={page} filter={{ ...filter, direction: gatewayDirection(filter) }} />
    </>
  );
}
