"use client";

import { MonitorSmartphone, Unplug } from "lucide-react";
import { useReasonAgainst } from "@/components/access/can";
import { DataTable } from "@/components/table/data-table";
import { columnsFor, type Facet } from "@/components/table/table-model";
import { bytesText } from "@/components/ui/bytes";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import { peerStates } from "@/db/enums";
import type { Tunnel, TunnelPage } from "@/server/modules/tunnels/schema";
import { endOf } from "./expiry";
import { ExpiryBadge } from "./expiry-badge";
import { peerStateLooks, TunnelStateDot } from "./tunnel-state";
import type { TunnelsFilter } from "./tunnels-filter";
import { useEndTunnel } from "./use-end-tunnel";

const column = columnsFor<Tunnel>();

const columns = column.columns([
  column.accessor("deviceName", { id: "deviceName", header: "Device", meta: { isWide: true } }),
  column.accessor("state", {
    id: "state",
    header: "State",
    cell: ({ row: { original } }) => <TunnelStateDot {...original} />,
  }),
  column.accessor("ownerName", {
    id: "ownerName",
    header: "Owner",
    cell: ({ getValue }) => getValue() ?? <span className="text-muted">Nobody</span>,
  }),
  column.accessor("addresses", {
    id: "addresses",
    header: "Addresses",
    cell: ({ row: { original } }) => (
      <span className="font-mono text-xs">{original.state === "active" ? original.addresses.join(", ") : "—"}</span>
    ),
  }),
  column.accessor("remoteEndpoint", {
    id: "remoteEndpoint",
    header: "Connects from",
    cell: ({ getValue }) => getValue() ?? "—",
  }),
  column.accessor("lastHandshakeAt", {
    id: "lastHandshakeAt",
    header: "Last handshake",
    cell: ({ getValue }) => <Time value={getValue()} />,
  }),
  column.accessor("txBytes", {
    id: "txBytes",
    header: "Today",
    cell: ({ row: { original } }) => bytesText(original.txBytes + original.rxBytes),
    meta: { align: "end" },
  }),
  column.accessor("notAfter", {
    id: "notAfter",
    header: "Ends",
    cell: ({ row: { original } }) => (
      <span className="inline-flex flex-wrap items-center gap-2 max-sm:justify-end">
        <Time value={original.state === "active" ? endOf(original).at : original.notAfter} never="No end" />
        {original.state === "active" ? <ExpiryBadge notAfter={endOf(original).at} /> : null}
      </span>
    ),
  }),
  column.accessor("publicKey", { id: "publicKey", header: "Public key", meta: { isHiddenAtFirst: true } }),
  column.accessor("createdAt", {
    id: "createdAt",
    header: "Key since",
    cell: ({ getValue }) => <Time value={getValue()} />,
    meta: { sort: "createdAt", isHiddenAtFirst: true },
  }),
]);

const facets: Facet[] = [
  {
    key: "state",
    label: "State",
    defaultLabel: peerStateLooks.active.label,
    options: [
      ...peerStates
        .filter((state) => state !== "active")
        .map((value) => ({ value, label: peerStateLooks[value].label })),
      { value: "all", label: "All" },
    ],
  },
];

interface TunnelsTableProps {
  page: TunnelPage;
  filter: TunnelsFilter;
}

/** Tunnels of many devices. */
export function TunnelsTable({ page, filter }: TunnelsTableProps) {
  const end = useEndTunnel();
  const reason = useReasonAgainst("tunnel.update");
  const hrefOf = ({ deviceId }: Tunnel) => `/devices/${deviceId}/network`;
  return (
    <DataTable<Tunnel>
      id="tunnels"
      label="Tunnels"
      columns={columns}
      {...page}
      filter={filter}
      facets={facets}
      searchLabel="Search device or public key"
      rowHref={hrefOf}
      rowActions={(tunnel) => [
        { key: "device", label: "Open device", icon: <MonitorSmartphone aria-hidden />, href: hrefOf(tunnel) },
        {
          key: "end",
          label: "End tunnel",
          icon: <Unplug aria-hidden />,
          isDanger: true,
          disabledReason: tunnel.state === "active" ? reason : "It ended already",
          onSelect: () => end(tunnel),
        },
      ]}
      empty={
        <EmptyState
          kind="nothing-yet"
          title="No tunnels yet"
          description="Machines with the agent bring theirs up by themselves; people add their telephones in their account; any other device gets one on its page, under “Network”."
        />
      }
    />
  );
}
