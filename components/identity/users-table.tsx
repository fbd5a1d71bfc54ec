"use client";

import { DataTable } from "@/components/table/data-table";
import type { TableFilter } from "@/components/table/table-address";
import { columnsFor, type Facet } from "@/components/table/table-model";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import { userStatuses } from "@/db/enums";
import type { Page } from "@/server/core/page";
import type { Role, User } from "@/server/modules/identity/schema";
import { RoleBadges } from "./role-badges";
import { useUserActions } from "./use-user-actions";
import { UserStatusDot, userStatusLabel } from "./user-status";

const column = columnsFor<User>();

/** Long names and addresses must not push what matters out of sight. */
function Shortened({ text }: { text: string | null }) {
  if (!text) return <span className="text-muted">—</span>;
  return (
    <span title={text} className="block truncate sm:max-w-52 max-sm:break-all max-sm:whitespace-normal">
      {text}
    </span>
  );
}

const columns = column.columns([
  column.accessor("username", { id: "username", header: "User name", meta: { sort: "username" } }),
  column.accessor("displayName", {
    id: "displayName",
    header: "Name",
    cell: ({ getValue }) => <Shortened text={getValue()} />,
  }),
  column.accessor("email", {
    id: "email",
    header: "E-mail",
    cell: ({ getValue }) => <Shortened text={getValue()} />,
  }),
  column.accessor("status", {
    id: "status",
    header: "Status",
    cell: ({ getValue }) => <UserStatusDot status={getValue()} />,
  }),
  column.accessor("roles", {
    id: "roles",
    header: "Roles",
    cell: ({ getValue }) => <RoleBadges roles={getValue()} />,
  }),
  column.accessor("activeSessions", { id: "activeSessions", header: "Sessions", meta: { align: "end" } }),
  column.accessor("devices", { id: "devices", header: "Devices", meta: { align: "end", isHiddenAtFirst: true } }),
  column.accessor("lastLoginAt", {
    id: "lastLoginAt",
    header: "Last sign-in",
    meta: { sort: "lastLoginAt" },
    cell: ({ getValue }) => <Time value={getValue()} />,
  }),
  column.accessor("createdAt", {
    id: "createdAt",
    header: "Created",
    meta: { sort: "createdAt", isHiddenAtFirst: true },
    cell: ({ getValue }) => <Time value={getValue()} />,
  }),
]);

const statusFacet: Facet = {
  key: "status",
  label: "Status",
  options: userStatuses.map((status) => ({ value: status, label: userStatusLabel(status) })),
};

const roleFacet = (roles: readonly Role[]): Facet => ({
  key: "role",
  label: "Role",
  options: roles.map(({ name }) => ({ value: name, label: name })),
});

interface UsersTableProps {
  page: Page<User>;
  filter: TableFilter;
  /** The roles there are; empty when the reader may not see them. */
  roles: readonly Role[];
}

/** Everyone, with what an administrator can do about them. */
export function UsersTable({ page, filter, roles }: UsersTableProps) {
  const { actionsFor, dialogs } = useUserActions(roles);
  return (
    <>
      <DataTable
        id="users"
        label="Users"
        columns={columns}
        {...page}
        filter={filter}
        facets={roles.length > 0 ? [statusFacet, roleFacet(roles)] : [statusFacet]}
        searchLabel="Search name or e-mail"
        rowHref={({ id }) => `/users/${id}`}
        rowActions={actionsFor}
        empty={
          <EmptyState
            kind="nothing-yet"
            title="No users yet"
            description="Create the first one: they choose their own password."
          />
        }
      />
      {dialogs}
    </>
  );
}
