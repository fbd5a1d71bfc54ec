"use client";

import { Pencil } from "lucide-react";
import { DataTable } from "@/components/table/data-table";
import { columnsFor, type Facet } from "@/components/table/table-model";
import { TagList } from "@/components/tags/tag-badge";
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
  column.accessor("name", { id: "name", header: "Name", meta: { sort: "name", isWide: true } }),
  column.accessor("status", {
    id: "status",
    header: "Status",
    cell: ({ row: { original } }) => (
      <span className="inline-flex flex-wrap items-center gap-2 max-sm:justify-end">
        <DeviceStatusDot status={original.status} />
        {original.isCloneSuspected ? <CloneBadge /> : null}
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
  facets: DeviceFacets;
}

function facetsOf({ tags, owners }: DeviceFacets): Facet[] {
  return [
    {
      key: "status",
      label: "Status",
      options: deviceStatuses.map((value) => ({ value, label: deviceStatusLooks[value].label })),
    },
    { key: "tag", label: "Tag", options: tags.map(({ id, name }) => ({ value: id, label: name })) },
    { key: "owner", label: "Owner", options: owners.map(({ id, name }) => ({ value: id, label: name })) },
  ];
}

/** All devices: searched, filtered and paged by the server. */
export function DevicesTable({ page, filter, facets }: DevicesTableProps) {
  const { offered } = useDeviceActions();
  return (
    <DataTable<Device>
      id="devices"
      label="Devices"
      columns={columns}
      {...page}
      filter={filter}
      facets={facetsOf(facets)}
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
