import { afterAll, beforeAll, expect, it } from "vitest";
import * as factories from "@/server/testing/factories";
import { savedPolicy } from "@/server/testing/policies";
import { createWorld, type World } from "@/server/testing/world";
import { type GraphPage, ListGraph, MAX_ENDS } from "./graph.schema";
import { graph } from "./graph.service";

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const { system } = factories;
const all = { type: "all" as const, isExcluded: false };
const ask = (input: (typeof ListGraph)["_zod"]["input"] = {}) => graph.execute(system, ListGraph.parse(input));
const namesOf = ({ rows }: GraphPage) => rows.map(({ name }) => name);

/** Policies of one test, told by the first word of their names. */
const named =
  (word: string) =>
  (name: string, rest: Parameters<typeof savedPolicy>[0] = {}) =>
    savedPolicy({ name: `${word} ${name}`, targets: [all], destinations: [{ network: "10.60.0.0/16" }], ...rest });

it("holds the policies in force that lead somebody somewhere, in the order they are asked", async () => {
  const make = named("Order");
  await make("second", { priority: 5 });
  await make("first", { priority: 5, effect: "deny" });
  await make("last", { priority: 6, effect: "deny" });
  await make("off", { isActive: false });
  await make("over", { startsAt: "2020-01-01T00:00:00Z", endsAt: "2020-02-01T00:00:00Z" });
  await make("to come", { startsAt: "2120-01-01T00:00:00Z" });
  await make("for nobody", { targets: [] });
  await make("without some", { targets: [{ ...all, isExcluded: true }] });
  await make("nowhere", { destinations: [] });
  expect(namesOf(await ask({ q: "Order" }))).toEqual(["Order first", "Order second", "Order last"]);
  const first = await ask({ q: "Order", size: 1 });
  expect([first.total, namesOf(first)]).toEqual([3, ["Order first"]]);
  const second = await ask({ q: "Order", size: 1, cursor: first.nextCursor ?? "" });
  expect(namesOf(second)).toEqual(["Order second"]);
  expect(namesOf(await ask({ q: "Order", direction: "desc" }))).toEqual(["Order last", "Order second", "Order first"]);
});

it("names both ends, who is left out, and which gateways reach the networks", async () => {
  const [group, tag] = [await factories.group(), await factories.tag()];
  const gateway = await factories.gateway({ networks: [{ network: "10.61.0.0/16", description: "" }] });
  await named("Ends")("both", {
    fullTunnel: true,
    targets: [
      { type: "group", id: group.id, isExcluded: false },
      { type: "tag", id: tag.id, isExcluded: true },
    ],
    destinations: [{ network: "10.61.7.0/24", protocol: "tcp", ports: { from: 22, to: 22 }, description: "Shells" }],
  });
  const { rows } = await ask({ q: "Ends" });
  expect(rows).toMatchObject([
    {
      ...{ effect: "allow", targetCount: 2, destinationCount: 2 },
      targets: [
        { type: "group", id: group.id, name: group.name, isExcluded: false },
        { type: "tag", id: tag.id, name: tag.name, isExcluded: true },
      ],
      destinations: [
        { network: "internet", gateways: [] },
        {
          ...{ network: "10.61.7.0/24", protocol: "tcp", ports: { from: 22, to: 22 }, description: "Shells" },
          gateways: [{ id: gateway.id, name: gateway.name }],
        },
      ],
    },
  ]);
});

it("shows of a group what concerns its members, and of a gateway what it reaches", async () => {
  const [group, other] = [await factories.group(), await factories.group()];
  const gateway = await factories.gateway({ networks: [{ network: "10.62.0.0/16", description: "" }] });
  const of = (id: string, isExcluded = false) => ({ type: "group" as const, id, isExcluded });
  const make = named("Filter");
  await make("a everybody", { destinations: [{ network: "10.62.1.0/24" }, { network: "10.63.0.0/16" }] });
  await make("b group", { targets: [of(group.id), of(other.id)] });
  await make("c other", { targets: [of(other.id)] });
  await make("d without", { targets: [all, of(group.id, true)] });
  await make("e whole", { destinations: [{ network: "10.0.0.0/8" }] });
  const ofGroup = await ask({ q: "Filter", group: group.id });
  expect(namesOf(ofGroup).toSorted()).toEqual(["Filter a everybody", "Filter b group", "Filter e whole"]);
  const [both] = ofGroup.rows.filter(({ name }) => name === "Filter b group");
  expect(both).toMatchObject({ targets: [{ id: group.id }], targetCount: 1 });
  const ofGateway = await ask({ q: "Filter", gateway: gateway.id });
  expect(namesOf(ofGateway).toSorted()).toEqual(["Filter a everybody", "Filter e whole"]);
  const [narrowed] = ofGateway.rows.filter(({ name }) => name === "Filter a everybody");
  expect(narrowed).toMatchObject({ destinations: [{ network: "10.62.1.0/24" }], destinationCount: 1 });
});

it("names so many ends of a policy and counts the rest", async () => {
  const destinations = Array.from({ length: MAX_ENDS + 5 }, (_, at) => ({ network: `10.64.${at}.0/24` }));
  await named("Many")("networks", { destinations });
  const { rows } = await ask({ q: "Many" });
  expect(rows[0]?.destinations).toHaveLength(MAX_ENDS);
  expect(rows[0]?.destinationCount).toBe(MAX_ENDS + 5);
});

it("is for those who may see policies", async () => {
  const asked = graph.execute(await world.as("access.read"), ListGraph.parse({}));
  await expect(asked).rejects.toMatchObject({ code: "forbidden" });
});
