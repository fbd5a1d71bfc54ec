import Link from "next/link";
import { UseBar } from "@/components/addresses/use-bar";
import { Alert } from "@/components/ui/alert";
import { Card } from "@/components/ui/card";
import { DescriptionList } from "@/components/ui/description-list";
import { Time } from "@/components/ui/time";
import type { GatewayDetail } from "@/server/modules/gateways/schema";

function Revision({ desiredRevision, appliedRevision }: GatewayDetail) {
  if (appliedRevision === null) return `${desiredRevision}, none applied yet`;
  return appliedRevision === desiredRevision ? desiredRevision : `${desiredRevision}, applied ${appliedRevision}`;
}

function Pools({ pools }: Pick<GatewayDetail, "pools">) {
  return (
    <ul className="space-y-2">
      {pools.map(({ id, cidr, used, capacity }) => (
        <li key={id}>
          <Link
            href={`/addresses/allocations?pool=${id}`}
            prefetch={false}
            className="block underline underline-offset-2"
          >
            {cidr}
          </Link>
          <UseBar used={used} capacity={capacity} />
        </li>
      ))}
    </ul>
  );
}

/** How a gateway is, as far as Keyward knows. */
export function GatewayDescription({ gateway }: { gateway: GatewayDetail }) {
  return (
    <Card title="State">
      {gateway.applyError ? (
        <div className="mb-3">
          <Alert tone="danger" title="The gateway could not apply its state">
            {gateway.applyError}
          </Alert>
        </div>
      ) : null}
      <DescriptionList
        items={[
          { label: "Tunnels", value: gateway.tunnels.toLocaleString("en-GB") },
          { label: "Addresses", value: <Pools pools={gateway.pools} /> },
          { label: "Endpoint", value: gateway.endpoint ?? "Not known yet" },
          {
            label: "Public key",
            value: <code className="font-mono text-xs break-all">{gateway.publicKey ?? "—"}</code>,
          },
          { label: "Revision", value: <Revision {...gateway} /> },
          { label: "Applied", value: <Time value={gateway.appliedAt} /> },
          { label: "Last heard of", value: <Time value={gateway.lastSyncAt} /> },
          { label: "Agent", value: gateway.agentVersion ? `Version ${gateway.agentVersion}` : null },
          { label: "Created", value: <Time value={gateway.createdAt} /> },
        ]}
      />
    </Card>
  );
}
