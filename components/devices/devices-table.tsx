"use client";

import { Pencil } from "lucide-react";
import { DataTable } from "@/components/table/data-table";
import { columnsFor, type Facet, type FacetOption } from "@/components/table/table-model";
import { TagList } from "@/components/tags/tag-badge";
import { trpc } from "@/components/trpc/client";
import { ExpiryBadge } from "@/components/tunnels/expiry-badge";
import { Badge } from "@/components/ui/badge";
import { LinkButton } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import { deviceStatuses } from "@/db/enums";
import type { Device, DeviceFacets, DevicePage, ListDevices } from "@/server/modules/devices/schema";
import { ActionIcon } from "./action-icon";
import { CloneBadge, DeviceStatusDot, deviceStatusLooks } from "./device-status";
import { useBulkActions } from "./use-bulk-actions";
import { useDeviceActions } from "./use-device-actions";

const column = columnsFor<Device>();

const columns = column.columns([
  column.accessor("name", {
    id: "name",
    header: "Name",
    cell: ({ row: { original } }) =>
      original.gatewayName === null ? (
        original.name
      ) : (
        <span className="inline-flex flex-wrap items-center gap-2 max-sm:justify-end">
          {original.name}
          <Badge tone="accent">Gateway {original.gatewayName}</Badge>
        </span>
      ),
    meta: { sort: "name", isWide: true },
  }),
  column.accessor("status", {
    id: "status",
    header: "Status",
    cell: ({ row: { original } }) => (
      <span className="inline-flex flex-wrap items-center gap-2 max-sm:justify-end">
        <DeviceStatusDot status={original.status} />
        {original.isCloneSuspected ? <CloneBadge /> : null}
        <ExpiryBadge notAfter={original.endsAt} />
      </span>
    ),
  }),
  column.accessor("tags", { id: "tags", header: "Tags", cell: ({ getValue }) => <TagList tags={getValue()} /> }),
  column.accessor("ownerName", {
    id: "ownerName",
    header: "Owner",
    cell: ({ getValue }) => getValue() ?? <span className="text-muted">Nobody</span>,
  }),
  column.accessor("platform", {
    id: "platform",
    header: "Platform",
    cell: ({ row: { original } }) => original.osVersion ?? original.platform ?? "—",
  }),
  column.accessor("appVersion", {
    id: "appVersion",
    header: "Agent",
    cell: ({ getValue }) => getValue() ?? "—",
    meta: { isHiddenAtFirst: true },
  }),
  column.accessor("lastSeenAt", {
    id: "lastSeenAt",
    header: "Last seen",
    cell: ({ getValue }) => <Time value={getValue()} />,
    meta: { sort: "lastSeenAt" },
  }),
  column.accessor("createdAt", {
    id: "createdAt",
    header: "Enrolled",
    cell: ({ getValue }) => <Time value={getValue()} />,
    meta: { sort: "createdAt" },
  }),
]);

interface DevicesTableProps {
  page: DevicePage;
  filter: ListDevices;
  /** The names of the tag and the owner that are chosen. */
  chosen: DeviceFacets;
}

const optionsOf = (named: readonly { id: string; name: string }[]): FacetOption[] =>
  named.map(({ id, name }) => ({ value: id, label: name }));

function facetsOf({ tags, owners }: DeviceFacets, { owner }: ListDevices): Facet[] {
  const ask = () => trpc.devices.facets.query({ owner });
  return [
    {
      key: "status",
      label: "Status",
      options: deviceStatuses.map((value) => ({ value, label: deviceStatusLooks[value].label })),
    },
    {
      key: "inactiveDays",
      label: "Inactive",
      options: [7, 30, 90].map((days) => ({ value: days.toString(), label: `For ${days} days` })),
    },
    {
      key: "leaves",
      label: "Leaves",
      options: [
        { value: "soon", label: "Within a week" },
        { value: "expired", label: "Expired" },
      ],
    },
    { key: "tag", label: "Tag", options: optionsOf(tags), load: async () => optionsOf((await ask()).tags) },
    { key: "owner", label: "Owner", options: optionsOf(owners), load: async () => optionsOf((await ask()).owners) },
  ];
}

/** All devices: searched, filtered and paged by the server. */
export function DevicesTable({ page, filter, chosen }: DevicesTableProps) {
  const { offered } = useDeviceActions();
  return (
    <DataTable<Device>
      id="devices"
      label="Devices"
      columns={columns}
      {...page}
      filter={filter}
      facets={facetsOf(chosen, filter)}
      searchLabel="Search name or system"
      rowHref={({ id }) => `/devices/${id}`}
      rowActions={(device) => [
        ...offered(device).map(({ key, label, look, disabledReason, start }) => ({
          key,
          label,
          icon: <ActionIcon action={key} />,
          isDanger: look === "danger",
          disabledReason,
          onSelect: start,
        })),
        { key: "open", label: "Details and edit", icon: <Pencil aria-hidden />, href: `/devices/${device.id}` },
      ]}
      bulkActions={useBulkActions()}
      empty={
        <EmptyState
          kind="nothing-yet"
          title="No devices yet"
          description="Create an enrolment token and run its join command on a machine; it appears here by itself."
          action={
            <LinkButton variant="primary" href="/enrolment?create=1">
              Create enrolment token
            </LinkButton>
          }
        />
      }
    />
  );
}
