import type { Metadata } from "next";
import { AccessFrame } from "@/components/reachability/access-frame";
import { GraphPicture } from "@/components/reachability/graph-picture";
import { GraphTable } from "@/components/reachability/graph-table";
import { ListGraph } from "@/server/modules/policies/graph.schema";
import { api, currentUser } from "@/server/trpc/caller";

export const metadata: Metadata = { title: "Reachability" };

/** What the filter's choices are called, for those who may see them. */
async function chosenBy({ group, gateway }: ListGraph) {
  const [{ groups, gateways }, user] = await Promise.all([api(), currentUser()]);
  const option = ({ id, name }: { id: string; name: string }) => ({ value: id, label: name });
  return {
    group: group && user?.permissions.has("group.read") ? option(await groups.get({ id: group })) : null,
    gateway: gateway && user?.permissions.has("gateway.read") ? option(await gateways.get({ id: gateway })) : null,
  };
}

export default async function GraphPage({ searchParams }: PageProps<"/access/graph">) {
  const filter = ListGraph.catch(ListGraph.parse({})).parse(await searchParams);
  const [page, chosen] = await Promise.all([(await api()).access.graph(filter), chosenBy(filter)]);
  return (
    <AccessFrame tab="graph">
      {page.rows.length > 0 ? <GraphPicture policies={page.rows} /> : null}
      <GraphTable page={page} filter={{ ...filter, direction: filter.direction ?? "asc" }} chosen={chosen} />
    </AccessFrame>
  );
}
