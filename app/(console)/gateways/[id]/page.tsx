import type { Metadata } from "next";
import { NotPermittedCard } from "@/components/access/not-permitted-card";
import { AuditCard } from "@/components/audit/audit-card";
import { GatewayDanger } from "@/components/gateways/gateway-danger";
import { GatewayDescription } from "@/components/gateways/gateway-description";
import { GatewayFrame } from "@/components/gateways/gateway-frame";
import { GatewayMachine } from "@/components/gateways/gateway-machine";
import { GatewaySettings } from "@/components/gateways/gateway-settings";
import { api, currentUser } from "@/server/trpc/caller";
import { gatewayOf } from "./gateway";

export const metadata: Metadata = { title: "Gateway" };

export default async function GatewayPage({ params }: PageProps<"/gateways/[id]">) {
  const gateway = await gatewayOf(params);
  const [{ audit }, viewer] = await Promise.all([api(), currentUser()]);
  const entries = viewer?.permissions.has("audit.read") ? await audit.list({ entityId: gateway.id, size: 10 }) : null;
  return (
    <GatewayFrame gateway={gateway} tab="summary">
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="min-w-0 space-y-4">
          <GatewayDescription gateway={gateway} />
          <GatewayMachine gateway={gateway} />
          <GatewayDanger gateway={gateway} />
        </div>
        <div className="min-w-0 space-y-4">
          <GatewaySettings gateway={gateway} />
          {entries ? (
            <AuditCard entries={entries.rows} allHref={`/audit?entityId=${gateway.id}`} />
          ) : (
            <NotPermittedCard title="Recent activity" permission="audit.read" />
          )}
        </div>
      </div>
    </GatewayFrame>
  );
}
