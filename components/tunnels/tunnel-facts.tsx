"use client";

import Link from "next/link";
import { useCan } from "@/components/access/can";
import { bytesText } from "@/components/ui/bytes";
import { DescriptionList } from "@/components/ui/description-list";
import { Time } from "@/components/ui/time";
import type { Tunnel } from "@/server/modules/tunnels/schema";
import { endOf } from "./expiry";
import { ExpiryBadge } from "./expiry-badge";
import { TunnelStateDot } from "./tunnel-state";

const Code = ({ text }: { text: string }) => <code className="font-mono text-xs break-all">{text}</code>;

function GatewayLink({ gatewayId, gatewayName }: Pick<Tunnel, "gatewayId" | "gatewayName">) {
  if (!useCan("gateway.read")) return gatewayName;
  return (
    <Link href={`/gateways/${gatewayId}`} prefetch={false} className="underline underline-offset-2">
      {gatewayName}
    </Link>
  );
}

/** How a tunnel is. */
export function TunnelFacts({ tunnel }: { tunnel: Tunnel }) {
  const { addresses, publicKey, remoteEndpoint, lastHandshakeAt, createdAt, rxBytes, txBytes } = tunnel;
  const { at, isDevices } = endOf(tunnel);
  return (
    <DescriptionList
      items={[
        { label: "State", value: <TunnelStateDot {...tunnel} /> },
        { label: "Gateway", value: <GatewayLink {...tunnel} /> },
        { label: "Addresses", value: <Code text={addresses.join(", ")} /> },
        { label: "Last handshake", value: <Time value={lastHandshakeAt} /> },
        { label: "Connects from", value: remoteEndpoint ? <Code text={remoteEndpoint} /> : null },
        {
          label: "Ends",
          value: (
            <span className="inline-flex flex-wrap items-center gap-2">
              <Time value={at} never="When somebody ends it" format="absolute" />
              {isDevices ? <span className="text-muted">with its device</span> : null}
              <ExpiryBadge notAfter={at} />
            </span>
          ),
        },
        { label: "Today (UTC)", value: `${bytesText(txBytes)} to the device, ${bytesText(rxBytes)} from it` },
        { label: "Public key", value: <Code text={publicKey} /> },
        { label: "Key since", value: <Time value={createdAt} /> },
      ]}
    />
  );
}
