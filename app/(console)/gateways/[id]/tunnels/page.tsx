import type { Metadata } from "next";
import { GatewayFrame } from "@/components/gateways/gateway-frame";
import { asked, TunnelsFilter } from "@/components/tunnels/tunnels-filter";
import { TunnelsTable } from "@/components/tunnels/tunnels-table";
import { EmptyState } from "@/components/ui/empty-state";
import { api, currentUser } from "@/server/trpc/caller";
import { gatewayOf } from "../gateway";

export const metadata: Metadata = { title: "Tunnels of a gateway" };

export default async function GatewayTunnelsPage({ params, searchParams }: PageProps<"/gateways/[id]/tunnels">) {
  const filter = TunnelsFilter.catch(TunnelsFilter.parse({})).parse(await searchParams);
  const gateway = await gatewayOf(params);
  const mayRead = (await currentUser())?.permissions.has("tunnel.read");
  const page = mayRead ? await (await api()).tunnels.list({ ...asked(filter), gateway: gateway.id }) : null;
  return (
    <GatewayFrame gateway={gateway} tab="tunnels">
      {page ? (
        <TunnelsTable page={page} filter={filter} />
      ) : (
        <EmptyState kind="not-permitted" title="Your roles do not let you see tunnels" />
      )}
    </GatewayFrame>
  );
}
