"use client";

import { Pencil } from "lucide-react";
import Link from "next/link";
import { effectLooks, trafficText as portsText, targetText } from "@/components/policies/policy-words";
import { DataTable } from "@/components/table/data-table";
import { columnsFor, type Facet } from "@/components/table/table-model";
import { trpc } from "@/components/trpc/client";
import { Badge } from "@/components/ui/badge";
import { EmptyState } from "@/components/ui/empty-state";
import type { GraphDestination, GraphPage, GraphPolicy, ListGraph } from "@/server/modules/policies/graph.schema";
import { destinationText } from "./access-words";
import { questionAddress } from "./question-address";

const column = columnsFor<GraphPolicy>();

const columns = column.columns([
  column.accessor("name", { header: "Policy", meta: { isWide: true } }),
  column.accessor("priority", { header: "Priority", meta: { sort: "priority", align: "end" } }),
  column.accessor("effect", {
    header: "Effect",
    cell: ({ getValue }) => <Badge tone={effectLooks[getValue()].tone}>{effectLooks[getValue()].label}</Badge>,
  }),
  column.accessor("targets", {
    header: "For",
    cell: ({ row: { original } }) => <Targets policy={original} />,
    meta: { isWide: true },
  }),
  column.accessor("destinations", {
    header: "Leads to",
    cell: ({ row: { original } }) => <Destinations policy={original} />,
    meta: { isWide: true },
  }),
]);

const rest = (count: number) =>
  count > 0 ? <li className="text-muted">and {count.toLocaleString("en-GB")} more</li> : null;

function Targets({ policy: { targets, targetCount } }: { policy: GraphPolicy }) {
  return (
    <ul>
      {targets.map((target) => (
        <li key={`${target.type} ${target.id}`}>
          {target.isExcluded ? "without " : ""}
          {targetText(target)}
        </li>
      ))}
      {rest(targetCount - targets.length)}
    </ul>
  );
}

function Destinations({ policy: { destinations, destinationCount } }: { policy: GraphPolicy }) {
  return (
    <ul>
      {destinations.map((destination) => (
        <li key={`${destination.network} ${portsText(destination)}`}>
          <DestinationText destination={destination} />
        </li>
      ))}
      {rest(destinationCount - destinations.length)}
    </ul>
  );
}

function DestinationText({ destination }: { destination: GraphDestination }) {
  const { network, protocol, gateways } = destination;
  const by = gateways.map(({ name }) => name).join(", ");
  if (network === "internet") return <>{destinationText(network)}</>;
  return (
    <>
      <Link
        href={questionAddress("/access/reach", { dst: network.split("/")[0] })}
        prefetch={false}
        className="font-mono text-xs underline underline-offset-2"
      >
        {network}
      </Link>
      {protocol === "any" ? "" : ` ${portsText(destination)}`}
      {by ? <span className="text-muted"> by {by}</span> : null}
    </>
  );
}

const facets: Facet[] = [
  {
    key: "group",
    label: "Group",
    options: [],
    load: async () => (await trpc.groups.options.query()).map(({ id, name }) => ({ value: id, label: name })),
  },
  {
    key: "gateway",
    label: "Gateway",
    options: [],
    load: async () => {
      const { rows } = await trpc.gateways.list.query({ size: 100 });
      return rows.map(({ id, name }) => ({ value: id, label: name }));
    },
  },
];

interface GraphTableProps {
  page: GraphPage;
  filter: ListGraph;
  /** Names of the group and the gateway that the list is filtered by. */
  chosen: Readonly<Record<string, { value: string; label: string } | null>>;
}

/** The same as the picture, in words: every policy in force with both of its ends. */
export function GraphTable({ page, filter, chosen }: GraphTableProps) {
  return (
    <DataTable<GraphPolicy>
      id="access-graph"
      label="Policies in force"
      columns={columns}
      {...page}
      filter={filter}
      facets={facets.map((facet) => ({ ...facet, options: [chosen[facet.key] ?? []].flat() }))}
      searchLabel="Search policy"
      rowHref={({ id }) => `/policies/${id}`}
      rowActions={({ id }) => [{ key: "open", label: "Open", icon: <Pencil aria-hidden />, href: `/policies/${id}` }]}
      empty={
        <EmptyState
          kind="nothing-yet"
          title="No policy leads anywhere yet"
          description="Without one, no device reaches anything. Create a policy that allows a group or a tag to reach a network."
        />
      }
    />
  );
}
