"use client";

import { Pencil, Trash2 } from "lucide-react";
import { useReasonAgainst } from "@/components/access/can";
import { DataTable } from "@/components/table/data-table";
import { columnsFor, type Facet } from "@/components/table/table-model";
import { Badge } from "@/components/ui/badge";
import { EmptyState } from "@/components/ui/empty-state";
import { Time } from "@/components/ui/time";
import type { ListPolicies, Policy, PolicyPage } from "@/server/modules/policies/schema";
import { FindingBadges } from "./finding-list";
import { effectLooks, effectOptions, targetsText } from "./policy-words";
import { usePolicyRemoval } from "./use-policy-removal";

const column = columnsFor<Policy>();

function destinationsText({ fullTunnel, destinationCount }: Policy): string {
  const parts = [fullTunnel ? "Internet" : "", destinationCount > 0 || !fullTunnel ? String(destinationCount) : ""];
  return parts.filter(Boolean).join(" + ");
}

const columns = column.columns([
  column.accessor("name", { header: "Name", meta: { sort: "name", isWide: true } }),
  column.accessor("priority", { header: "Priority", meta: { sort: "priority", align: "end" } }),
  column.accessor("effect", {
    header: "Effect",
    cell: ({ row: { original } }) => <EffectBadges policy={original} />,
  }),
  column.accessor("targets", {
    header: "For",
    cell: ({ getValue }) => targetsText(getValue()),
    meta: { isWide: true },
  }),
  column.accessor("destinationCount", {
    header: "Destinations",
    cell: ({ row: { original } }) => destinationsText(original),
    meta: { align: "end" },
  }),
  column.accessor("findings", {
    header: "Findings",
    cell: ({ getValue }) => <FindingBadges findings={getValue()} />,
  }),
  column.accessor("endsAt", {
    header: "Ends",
    cell: ({ getValue }) => <Time value={getValue()} />,
    meta: { isHiddenAtFirst: true },
  }),
  column.accessor("createdAt", {
    header: "Created",
    cell: ({ getValue }) => <Time value={getValue()} />,
    meta: { sort: "createdAt", isHiddenAtFirst: true },
  }),
]);

function EffectBadges({ policy: { effect, isActive } }: { policy: Policy }) {
  return (
    <span className="inline-flex flex-wrap gap-1">
      <Badge tone={effectLooks[effect].tone}>{effectLooks[effect].label}</Badge>
      {isActive ? null : <Badge>Off</Badge>}
    </span>
  );
}

const facets: Facet[] = [{ key: "effect", label: "Effect", options: effectOptions }];

interface PoliciesTableProps {
  page: PolicyPage;
  filter: ListPolicies;
}

/** All policies in the order they are asked. */
export function PoliciesTable({ page, filter }: PoliciesTableProps) {
  const remove = usePolicyRemoval();
  const noRemove = useReasonAgainst("policy.remove");
  return (
    <DataTable<Policy>
      id="policies"
      label="Policies"
      columns={columns}
      {...page}
      filter={filter}
      facets={facets}
      searchLabel="Search name or description"
      rowHref={({ id }) => `/policies/${id}`}
      rowActions={(policy) => [
        { key: "open", label: "Open", icon: <Pencil aria-hidden />, href: `/policies/${policy.id}` },
        {
          key: "remove",
          label: "Remove",
          icon: <Trash2 aria-hidden />,
          isDanger: true,
          disabledReason: noRemove,
          onSelect: () => remove(policy),
        },
      ]}
      empty={
        <EmptyState
          kind="nothing-yet"
          title="No policies yet"
          description="Without one, no device reaches anything. Create a policy that allows a group or a tag to reach a network."
        />
      }
    />
  );
}
