import { aggregate, difference, intersection } from "./address-range";
import { type AllowedNetworks, EVERYTHING } from "./compile";

/** A gateway as far as the way to it and through it goes. */
export interface RouteGateway {
  readonly id: string;
  /** What is behind it. */
  readonly networks: readonly string[];
  /** What its tunnels have their addresses of, and the gateway its own. */
  readonly pools: readonly string[];
  readonly dnsServers: readonly string[];
}

const whole = (address: string): string => `${address}/${address.includes(":") ? 128 : 32}`;

/** What a gateway alone is the way to. Name servers that are behind another one belong to that. */
function domainsOf(gateways: readonly RouteGateway[]): Map<string, string[]> {
  const domains = new Map<string, string[]>(gateways.map(({ id, networks, pools }) => [id, [...networks, ...pools]]));
  for (const { id, dnsServers } of gateways) {
    const taken = [...domains.values()].flat();
    domains.get(id)?.push(...difference(dnsServers.map(whole), taken));
  }
  return domains;
}

/**
 * What a device sends to each of its gateways, the first of which is its primary one: what policies allow behind it, its
 * tunnels' network and its name servers. No address goes to two, but that a full tunnel's everything goes to the first,
 * where the longer network of another decides. What is behind none of them goes to the first as well, and is refused
 * there: out of the tunnel it would go anywhere.
 */
export function routesThrough(gateways: readonly RouteGateway[], allowed: AllowedNetworks): Map<string, string[]> {
  const domains = domainsOf(gateways);
  const always = gateways.flatMap(({ pools, dnsServers }) => [...pools, ...dnsServers.map(whole)]);
  const wanted = aggregate([...allowed.networks, ...always]);
  const others = gateways.slice(1).flatMap(({ id }) => domains.get(id) ?? []);
  return new Map(
    gateways.map(({ id }, at) => {
      if (at > 0) return [id, intersection(wanted, domains.get(id) ?? [])];
      return [id, allowed.isFullTunnel ? [...EVERYTHING] : difference(wanted, others)];
    }),
  );
}

/** What policies allow and none of these gateways has behind it. */
export const unreachedBy = (
  gateways: readonly Pick<RouteGateway, "networks" | "pools">[],
  { networks }: AllowedNetworks,
): string[] =>
  difference(
    networks,
    gateways.flatMap((gateway) => [...gateway.networks, ...gateway.pools]),
  );

/** Whether policies open anything of these networks. */
export const isOpen = (networks: readonly string[], allowed: AllowedNetworks): boolean =>
  intersection(allowed.networks, networks).length > 0;
