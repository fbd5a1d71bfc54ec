"use client";

import { DataTable } from "@/components/table/data-table";
import { columnsFor } from "@/components/table/table-model";
import { Badge } from "@/components/ui/badge";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import type { Group, GroupPage, ListGroups } from "@/server/modules/groups/schema";
import { CreateGroupButton } from "./create-group-button";
import { useGroupActions } from "./use-group-actions";

const column = columnsFor<Group>();

const columns = column.columns([
  column.accessor("name", { id: "name", header: "Name", meta: { sort: "name" } }),
  column.accessor("description", {
    id: "description",
    header: "Description",
    cell: ({ row: { original } }) => (
      <>
        {original.description || <span className="text-muted">—</span>}{" "}
        {original.isSystem ? <Badge>System</Badge> : null}
      </>
    ),
    meta: { isWide: true },
  }),
  column.accessor("members", {
    id: "members",
    header: "Members",
    cell: ({ getValue }) => getValue().toLocaleString("en-GB"),
    meta: { align: "end" },
  }),
  column.accessor("deviceLimit", {
    id: "deviceLimit",
    header: "Devices each",
    cell: ({ getValue }) => getValue() ?? "—",
    meta: { align: "end", isHiddenAtFirst: true },
  }),
  column.accessor("policies", { id: "policies", header: "Policies", meta: { align: "end" } }),
  column.accessor("createdAt", {
    id: "createdAt",
    header: "Created",
    cell: ({ getValue }) => <Time value={getValue()} />,
    meta: { sort: "createdAt" },
  }),
]);

/** All groups with how many are in them. */
export function GroupsTable({ page, filter }: { page: GroupPage; filter: ListGroups }) {
  const { actionsFor, dialogs } = useGroupActions();
  return (
    <>
      <DataTable<Group>
        id="groups"
        label="Groups"
        columns={columns}
        {...page}
        filter={filter}
        searchLabel="Search name or description"
        rowHref={({ id }) => `/groups/${id}`}
        rowActions={actionsFor}
        empty={
          <EmptyState
            kind="nothing-yet"
            title="No groups yet"
            description="Groups hold people by what they need to reach, so that a policy can name the group and not each person."
            action={<CreateGroupButton />}
          />
        }
      />
      {dialogs}
    </>
  );
}
