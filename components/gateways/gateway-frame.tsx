import type { ReactNode } from "react";
import { AutoRefresh } from "@/components/shell/auto-refresh";
import { PageTrail } from "@/components/shell/trail";
import { PageHeader } from "@/components/ui/page-header";
import { LinkTabs } from "@/components/ui/tabs";
import type { GatewayDetail } from "@/server/modules/gateways/schema";
import { GatewayStateDot, gatewayStateLooks } from "./gateway-state";

interface GatewayFrameProps {
  gateway: GatewayDetail;
  tab: "summary" | "tunnels";
  children: ReactNode;
}

/** What every page of a gateway shares. */
export function GatewayFrame({ gateway, tab, children }: GatewayFrameProps) {
  const { id, name, state, tunnels } = gateway;
  const base = `/gateways/${id}`;
  return (
    <>
      <PageTrail title={name} at={base} />
      <PageHeader
        title={name}
        status={<GatewayStateDot state={state} />}
        description={gatewayStateLooks[state].means}
        actions={<AutoRefresh />}
      />
      <div className="space-y-5">
        <LinkTabs
          label="Pages of this gateway"
          tabs={[
            { label: "Summary", href: base, isCurrent: tab === "summary" },
            {
              label: `Tunnels (${tunnels.toLocaleString("en-GB")})`,
              href: `${base}/tunnels`,
              isCurrent: tab === "tunnels",
            },
          ]}
        />
        {children}
      </div>
    </>
  );
}
