"use client";

import { LogOut, UserRound, UserX } from "lucide-react";
import { useCan, useReasonAgainst } from "@/components/access/can";
import { DataTable } from "@/components/table/data-table";
import type { TableFilter } from "@/components/table/table-address";
import { columnsFor, type Facet, type RowAction } from "@/components/table/table-model";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import type { Page } from "@/server/core/page";
import type { Session } from "@/server/modules/sessions/schema";
import { sessionDevice, sessionPlace } from "./session-description";
import { SessionState } from "./session-state";
import { useSessionActions } from "./use-session-actions";

const column = columnsFor<Session>();

const columns = column.columns([
  column.accessor("username", { id: "username", header: "User" }),
  column.accessor(sessionDevice, { id: "device", header: "Device" }),
  column.accessor(sessionPlace, { id: "place", header: "Place" }),
  column.display({ id: "state", header: "State", cell: ({ row }) => <SessionState session={row.original} /> }),
  column.accessor("lastSeenAt", {
    id: "lastSeenAt",
    header: "Last seen",
    meta: { sort: "lastSeenAt" },
    cell: ({ getValue }) => <Time value={getValue()} />,
  }),
  column.accessor("createdAt", {
    id: "createdAt",
    header: "Signed in",
    meta: { sort: "createdAt" },
    cell: ({ getValue }) => <Time value={getValue()} />,
  }),
  column.accessor("expiresAt", {
    id: "expiresAt",
    header: "Ends at the latest",
    meta: { isHiddenAtFirst: true },
    cell: ({ getValue }) => <Time value={getValue()} />,
  }),
]);

const stateFacet: Facet = {
  key: "state",
  label: "State",
  defaultLabel: "Active",
  options: [
    { value: "expired", label: "Expired" },
    { value: "revoked", label: "Revoked" },
    { value: "all", label: "All" },
  ],
};

/** Everyone's sessions, for administrators. */
export function SessionsTable({ page, filter }: { page: Page<Session>; filter: TableFilter }) {
  const reason = useReasonAgainst("session.revoke");
  const maySeeUsers = useCan("user.read");
  const { revoke, revokeAll } = useSessionActions();
  const actionsFor = (session: Session): RowAction[] => [
    ...(maySeeUsers
      ? [{ key: "user", label: "Open user", icon: <UserRound aria-hidden />, href: `/users/${session.userId}` }]
      : []),
    {
      key: "revoke",
      label: "End session…",
      icon: <LogOut aria-hidden />,
      disabledReason: reason ?? (session.state === "active" ? null : "The session is over"),
      onSelect: () => revoke(session),
    },
    {
      key: "revoke-all",
      label: `End all of ${session.username}…`,
      icon: <UserX aria-hidden />,
      isDanger: true,
      disabledReason: reason,
      onSelect: () => revokeAll(session),
    },
  ];
  return (
    <DataTable
      id="sessions"
      label="Sessions"
      columns={columns}
      {...page}
      filter={filter}
      facets={[stateFacet]}
      searchLabel="Search user, address, browser"
      rowActions={actionsFor}
      empty={<EmptyState kind="nothing-yet" title="No active sessions" description="Nobody is signed in right now." />}
    />
  );
}
