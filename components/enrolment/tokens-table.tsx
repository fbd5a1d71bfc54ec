"use client";

import { Ban, List } from "lucide-react";
import { useReasonAgainst } from "@/components/access/can";
import { DataTable } from "@/components/table/data-table";
import { columnsFor, type Facet } from "@/components/table/table-model";
import { TagList } from "@/components/tags/tag-badge";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import {
  type EnrolmentToken,
  type EnrolmentTokenPage,
  type ListEnrolmentTokens,
  tokenStates,
} from "@/server/modules/enrolment/schema";
import { ephemeralText } from "./create-token-form";
import { TokenStateDot, tokenStateLooks, usesText } from "./token-state";
import { useRevokeToken } from "./use-revoke-token";

const column = columnsFor<EnrolmentToken>();

const columns = column.columns([
  column.accessor("name", { id: "name", header: "Name", meta: { sort: "name", isWide: true } }),
  column.accessor("state", {
    id: "state",
    header: "State",
    cell: ({ getValue }) => <TokenStateDot state={getValue()} />,
  }),
  column.accessor("usageCurrent", {
    id: "usageCurrent",
    header: "Uses",
    cell: ({ row: { original } }) => usesText(original),
  }),
  column.accessor("expiresAt", {
    id: "expiresAt",
    header: "Expires",
    cell: ({ getValue }) => <Time value={getValue()} />,
    meta: { sort: "expiresAt" },
  }),
  column.accessor("requireApproval", {
    id: "requireApproval",
    header: "Approval",
    cell: ({ getValue }) => (getValue() ? "Required" : "Not needed"),
  }),
  column.accessor("tags", { id: "tags", header: "Tags", cell: ({ getValue }) => <TagList tags={getValue()} /> }),
  column.accessor("ownerName", {
    id: "ownerName",
    header: "Owner",
    cell: ({ getValue }) => getValue() ?? <span className="text-muted">Nobody</span>,
    meta: { isHiddenAtFirst: true },
  }),
  column.accessor("ephemeralTtlS", {
    id: "ephemeralTtlS",
    header: "Devices retire",
    cell: ({ getValue }) => ephemeralText(getValue()),
    meta: { isHiddenAtFirst: true },
  }),
  column.accessor("lastUsedAt", {
    id: "lastUsedAt",
    header: "Last used",
    cell: ({ getValue }) => <Time value={getValue()} />,
    meta: { isHiddenAtFirst: true },
  }),
  column.accessor("createdAt", {
    id: "createdAt",
    header: "Created",
    cell: ({ getValue }) => <Time value={getValue()} />,
    meta: { sort: "createdAt" },
  }),
]);

const facets: Facet[] = [
  {
    key: "state",
    label: "State",
    options: tokenStates.map((value) => ({ value, label: tokenStateLooks[value].label })),
  },
];

/** Why a token cannot be revoked: it is already, or the person may not. */
const reasonAgainst = ({ state }: EnrolmentToken, reason: string | null): string | null =>
  state === "revoked" ? "It is revoked already" : reason;

interface TokensTableProps {
  page: EnrolmentTokenPage;
  filter: ListEnrolmentTokens;
}

/** All enrolment tokens; never their secrets. */
export function TokensTable({ page, filter }: TokensTableProps) {
  const revoke = useRevokeToken();
  const reason = useReasonAgainst("enrolment-token.revoke");
  return (
    <DataTable<EnrolmentToken>
      id="enrolment-tokens"
      label="Tokens"
      columns={columns}
      {...page}
      filter={filter}
      facets={facets}
      searchLabel="Search name"
      rowHref={({ id }) => `/enrolment/${id}`}
      rowActions={(token) => [
        { key: "open", label: "Details and uses", icon: <List aria-hidden />, href: `/enrolment/${token.id}` },
        {
          key: "revoke",
          label: "Revoke",
          icon: <Ban aria-hidden />,
          isDanger: true,
          disabledReason: reasonAgainst(token, reason),
          onSelect: () => revoke(token),
        },
      ]}
      empty={
        <EmptyState
          kind="nothing-yet"
          title="No enrolment tokens yet"
          description="A token lets machines join: create one, run the join command it comes with, approve the device."
        />
      }
    />
  );
}
