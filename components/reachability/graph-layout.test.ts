import { expect, test } from "vitest";
import { GraphPolicy } from "@/server/modules/policies/graph.schema";
import { graphLayout, MAX_NODES, NODE } from "./graph-layout";

const target = (at: number, isExcluded = false) => ({ type: "group", id: idOf(at), name: `Group ${at}`, isExcluded });
const idOf = (at: number): string => `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`;
const destination = (network: string, ports: { from: number; to: number } | null = null) => ({
  ...{ network, ports, protocol: ports ? "tcp" : "any", description: "", gateways: [] },
});

const policy = (at: number, rest: Record<string, unknown> = {}) =>
  GraphPolicy.parse({
    ...{ id: idOf(at), name: `Policy ${at}`, priority: at, effect: "allow", targetCount: 1, destinationCount: 1 },
    ...{ targets: [target(1)], destinations: [destination("10.0.0.0/8")], ...rest },
  });

test("whoever and whatever several policies name is drawn once, and every policy leads from the one to the other", () => {
  const { targets, policies, destinations, lines } = graphLayout([policy(1), policy(2, { effect: "deny" })]);
  expect([targets.length, policies.length, destinations.length]).toEqual([1, 2, 1]);
  expect(lines.map(({ effect }) => effect)).toEqual(["allow", "allow", "deny", "deny"]);
});

test("a network is one place, whatever ports of it are meant", () => {
  const web = [443, 80].map((port) => destination("10.0.0.0/8", { from: port, to: port }));
  const { destinations, lines } = graphLayout([policy(1, { destinations: web })]);
  expect([destinations.length, lines.length]).toEqual([1, 2]);
});

test("who is left out is told from who is meant", () => {
  const { lines } = graphLayout([policy(1, { targets: [target(1), target(2, true)] })]);
  expect(lines.map(({ isExcluded }) => isExcluded)).toEqual([false, true, false]);
});

test("the picture is bounded: what it has no room for is counted, and no line leads there", () => {
  const many = Array.from({ length: MAX_NODES + 5 }, (_, at) => target(at));
  const { targets, lines, left, height } = graphLayout([policy(1, { targets: many, targetCount: many.length })]);
  expect([targets.length, left.ends, lines.length]).toEqual([MAX_NODES, 5, MAX_NODES + 1]);
  const ends = targets.map(({ y }) => y + NODE.height);
  expect(Math.min(...targets.map(({ y }) => y))).toBeGreaterThanOrEqual(0);
  expect(Math.max(...ends)).toBeLessThanOrEqual(height);
  for (const [at, end] of ends.slice(0, -1).entries()) expect(targets[at + 1]?.y).toBeGreaterThan(end);
});

test("policies and ends beyond those that are named are counted too", () => {
  const policies = Array.from({ length: MAX_NODES + 3 }, (_, at) => policy(at, { destinationCount: 2 }));
  expect(graphLayout(policies).left).toEqual({ policies: 3, ends: MAX_NODES });
});

test("nothing has a picture of no nodes", () => {
  expect(graphLayout([])).toMatchObject({ targets: [], policies: [], destinations: [], lines: [] });
});
