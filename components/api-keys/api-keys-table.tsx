"use client";

import { Ban, UserRound } from "lucide-react";
import { useCan, useReasonAgainst } from "@/components/access/can";
import { DataTable } from "@/components/table/data-table";
import type { TableFilter } from "@/components/table/table-address";
import { columnsFor, type Facet, type RowAction } from "@/components/table/table-model";
import { trpc } from "@/components/trpc/client";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import { type ApiKey, type ApiKeyPage, apiKeyStates } from "@/server/modules/api-keys/schema";
import { KeyPrefix, KeyScopes, KeyStateDot, keyStateLooks } from "./key-state";
import { useRevokeKey } from "./use-revoke-key";

const column = columnsFor<ApiKey>();

const columns = column.columns([
  column.accessor("name", { id: "name", header: "Name", meta: { isWide: true } }),
  column.accessor("username", { id: "username", header: "Owner" }),
  column.display({ id: "state", header: "State", cell: ({ row }) => <KeyStateDot apiKey={row.original} /> }),
  column.accessor("scopes", {
    id: "scopes",
    header: "Scopes",
    cell: ({ getValue }) => <KeyScopes scopes={getValue()} />,
  }),
  column.accessor("lastUsedAt", {
    id: "lastUsedAt",
    header: "Last used",
    cell: ({ getValue }) => <Time value={getValue()} never="Never" />,
  }),
  column.accessor("lastUsedIp", {
    id: "lastUsedIp",
    header: "Last used from",
    meta: { isHiddenAtFirst: true },
    cell: ({ getValue }) => getValue() ?? <span className="text-muted">Nowhere</span>,
  }),
  column.accessor("expiresAt", {
    id: "expiresAt",
    header: "Expires",
    cell: ({ getValue }) => <Time value={getValue()} />,
  }),
  column.accessor("keyPrefix", {
    id: "keyPrefix",
    header: "Key",
    meta: { isHiddenAtFirst: true },
    cell: ({ getValue }) => <KeyPrefix>{getValue()}</KeyPrefix>,
  }),
  column.accessor("createdAt", {
    id: "createdAt",
    header: "Created",
    meta: { sort: "createdAt" },
    cell: ({ getValue }) => <Time value={getValue()} />,
  }),
]);

const facets: Facet[] = [
  {
    key: "state",
    label: "State",
    options: apiKeyStates.map((value) => ({ value, label: keyStateLooks[value].label })),
  },
];

/** Everybody's API keys, for administrators; never their secrets. */
export function ApiKeysTable({ page, filter }: { page: ApiKeyPage; filter: TableFilter }) {
  const revoke = useRevokeKey(trpc.apiKeys.revoke.mutate);
  const reason = useReasonAgainst("api-key.revoke");
  const maySeeUsers = useCan("user.read");
  const actionsFor = (apiKey: ApiKey): RowAction[] => [
    ...(maySeeUsers
      ? [{ key: "user", label: "Open owner", icon: <UserRound aria-hidden />, href: `/users/${apiKey.userId}` }]
      : []),
    {
      key: "revoke",
      label: "Revoke…",
      icon: <Ban aria-hidden />,
      isDanger: true,
      disabledReason: apiKey.state === "revoked" ? "It is revoked already" : reason,
      onSelect: () => revoke(apiKey),
    },
  ];
  return (
    <DataTable<ApiKey>
      id="api-keys"
      label="Keys"
      columns={columns}
      {...page}
      filter={filter}
      facets={facets}
      searchLabel="Search name or owner"
      rowActions={actionsFor}
      empty={
        <EmptyState
          kind="nothing-yet"
          title="No API keys yet"
          description="People make keys for their programs under Account → API keys; all of them show here."
        />
      }
    />
  );
}
