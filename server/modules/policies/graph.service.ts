import { query } from "@/server/core/operation";
import * as repo from "./graph.repo";
import { GraphPage, ListGraph } from "./graph.schema";
import { targetNames } from "./targets.service";

const INTERNET = { network: "internet", protocol: "any" as const, ports: null, description: "", gateways: [] };

/** The policies in force as connections, in the order they are asked: who is led where, and by what. */
export const graph = query({
  permission: "policy.read",
  input: ListGraph,
  output: GraphPage,
  isSnapshot: true,
  async run({ reader, now }, filter) {
    const page = await repo.list(reader, filter, now());
    const names = await targetNames(reader, page.rows);
    const rows = page.rows.map(({ isFullTunnel, targets, destinations, destinationCount, ...row }) => ({
      ...row,
      targets: targets.map((target) => ({ ...target, name: (target.id && names.get(target.id)) ?? null })),
      destinations: isFullTunnel ? [INTERNET, ...destinations] : destinations,
      destinationCount: destinationCount + (isFullTunnel ? 1 : 0),
    }));
    return { ...page, rows };
  },
});
