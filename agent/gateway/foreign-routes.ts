import { z } from "zod";
import { asNetwork, familyOf, type Network, parseNetwork, withoutPrefix } from "@/agent/gateway/networks";
import type { Programs } from "@/agent/gateway/program";
import type { GatewayState } from "@/server/modules/gateways/state.schema";

const Routes = z.array(z.object({ dst: z.string() }));

/** Says of a route that it is ours: the kernel makes those of the interface's own networks. */
const OURS = ["proto", "static"];

const holds = (own: Network, address: string): boolean =>
  own.family === familyOf(address) && parseNetwork(`${address}/${own.prefix}`)?.text === own.text;

/**
 * The addresses that devices have of other gateways. A device sends from whichever its system chooses, and the answer has
 * to find its way back into the tunnel.
 */
export function foreignAddresses({ gateway, peers }: Pick<GatewayState, "gateway" | "peers">): string[] {
  const own = gateway.addresses.flatMap((text) => parseNetwork(text) ?? []);
  const addresses = peers.flatMap(({ allowedIps }) => allowedIps.map(withoutPrefix));
  return addresses.filter((address) => !own.some((network) => holds(network, address)));
}

/** Leaves a route into the tunnel for exactly these addresses, beside those of the interface's own networks. */
export async function bringRoutes(
  name: string,
  wanted: readonly string[],
  programs: Pick<Programs, "run">,
): Promise<void> {
  const present: string[] = [];
  for (const family of ["-4", "-6"]) {
    const text = await programs.run("ip", ["-j", family, "route", "show", "dev", name, ...OURS]);
    present.push(...Routes.parse(JSON.parse(text.trim() || "[]")).map(({ dst }) => dst));
  }
  const line = (verb: string) => (address: string) =>
    ["route", verb, asNetwork(address), "dev", name, ...OURS].join(" ");
  const changes = [
    ...present.filter((address) => !wanted.includes(address)).map(line("delete")),
    ...wanted.filter((address) => !present.includes(address)).map(line("replace")),
  ];
  if (changes.length > 0) await programs.run("ip", ["-batch", "-"], `${changes.join("\n")}\n`);
}
