import { z } from "zod";
import { peerStates } from "@/db/enums";
import { ListTunnels } from "@/server/modules/tunnels/schema";

/**
 * A list of tunnels as its address says it: those in use, the latest first, unless it asks for others. Where the list is,
 * such as at which gateway, is no part of it.
 */
export const TunnelsFilter = ListTunnels.omit({ gateway: true, device: true }).extend({
  state: z.enum([...peerStates, "all"]).optional(),
  direction: ListTunnels.shape.direction.unwrap().default("desc"),
});
export type TunnelsFilter = z.infer<typeof TunnelsFilter>;

/** What the server is asked for. */
export const asked = ({ state = "active", ...rest }: TunnelsFilter) => ({
  ...rest,
  state: state === "all" ? undefined : state,
});
