"use client";

import { UserMinus } from "lucide-react";
import { useCan, useReasonAgainst } from "@/components/access/can";
import { UserStatusDot } from "@/components/identity/user-status";
import { DataTable } from "@/components/table/data-table";
import type { TableFilter } from "@/components/table/table-address";
import { columnsFor } from "@/components/table/table-model";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import type { Group, GroupMember, GroupMemberPage } from "@/server/modules/groups/schema";
import { AddMembersButton } from "./add-members-button";
import { useTakeOut } from "./use-membership";

const column = columnsFor<GroupMember>();

const columns = column.columns([
  column.accessor("username", { id: "username", header: "User name", meta: { sort: "username" } }),
  column.accessor("displayName", {
    id: "displayName",
    header: "Name",
    cell: ({ getValue }) => getValue() || <span className="text-muted">—</span>,
    meta: { isWide: true },
  }),
  column.accessor("status", {
    id: "status",
    header: "Status",
    cell: ({ getValue }) => <UserStatusDot status={getValue()} />,
  }),
  column.accessor("addedAt", { id: "addedAt", header: "Added", cell: ({ getValue }) => <Time value={getValue()} /> }),
  column.accessor("addedByName", {
    id: "addedByName",
    header: "Added by",
    cell: ({ getValue }) => getValue() ?? <span className="text-muted">Keyward</span>,
  }),
]);

interface MembersTableProps {
  group: Group;
  page: GroupMemberPage;
  filter: TableFilter;
}

/** Who is in a group. */
export function MembersTable({ group, page, filter }: MembersTableProps) {
  const takeOut = useTakeOut();
  const noAssign = useReasonAgainst("group.assign");
  const maySeeUsers = useCan("user.read");
  return (
    <DataTable<GroupMember>
      id="group-members"
      label="Members"
      columns={columns}
      {...page}
      filter={filter}
      searchLabel="Search name"
      rowHref={maySeeUsers ? ({ id }) => `/users/${id}` : undefined}
      rowActions={(member) => [
        {
          key: "take-out",
          label: "Take out of the group",
          icon: <UserMinus aria-hidden />,
          isDanger: true,
          disabledReason: group.isSystem ? "Nobody leaves this group" : noAssign,
          onSelect: () => void takeOut(group, member),
        },
      ]}
      empty={
        <EmptyState
          kind="nothing-yet"
          title="Nobody is in this group"
          description="Put people into it, and policies that name the group are about their devices."
          action={<AddMembersButton group={group} />}
        />
      }
    />
  );
}
