import { z } from "zod";
import { networkProtocols, policyEffects } from "@/db/enums";
import { GatewayId, GroupId, PolicyId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";
import { TargetLabel } from "./schema";

/** How many targets, and how many destinations, of one policy are named. */
export const MAX_ENDS = 8;

const GraphDestination = z.object({
  /** A network, or `internet`. */
  network: z.string(),
  protocol: z.enum(networkProtocols),
  ports: z.object({ from: z.number(), to: z.number() }).nullable(),
  description: z.string(),
  /** Gateways in use that reach any of it. */
  gateways: z.array(z.object({ id: GatewayId, name: z.string() })),
});
export type GraphDestination = z.infer<typeof GraphDestination>;

/** A policy in force as a connection between those it is for and what it leads to. */
export const GraphPolicy = z.object({
  id: PolicyId,
  name: z.string(),
  priority: z.number().int(),
  effect: z.enum(policyEffects),
  /** The first of them, excluded ones last. */
  targets: z.array(TargetLabel),
  targetCount: z.number().int(),
  /** The first of them. */
  destinations: z.array(GraphDestination),
  destinationCount: z.number().int(),
});
export type GraphPolicy = z.infer<typeof GraphPolicy>;

export const GraphPage = pageOf(GraphPolicy);
export type GraphPage = z.infer<typeof GraphPage>;

export const ListGraph = PageFilter.extend({
  size: z.coerce.number().int().min(1).max(100).default(10),
  sort: z.enum(["priority"]).default("priority"),
  /** Policies for this group's members, whether they name the group or everybody. */
  group: GroupId.optional(),
  /** Policies that lead to what this gateway reaches. */
  gateway: GatewayId.optional(),
});
export type ListGraph = z.infer<typeof ListGraph>;
