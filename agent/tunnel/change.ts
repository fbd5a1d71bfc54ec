import { type DeviceTunnel, gatewaysOf } from "@/server/modules/tunnels/schema";

/** What brings a running tunnel from one state to another. */
export type Change =
  | { readonly action: "nothing" | "up" | "restart" }
  | { readonly action: "sync"; readonly addRoutes: readonly string[]; readonly removeRoutes: readonly string[] };

const isSame = (left: readonly unknown[], right: readonly unknown[]): boolean =>
  JSON.stringify(left) === JSON.stringify(right);

/** wg-quick gives these a routing table, rules and a firewall of their own. */
const isDefault = (network: string): boolean => network.endsWith("/0");

/** What wg-quick sets up outside of WireGuard, but for routes. */
const surroundings = ({ profile }: DeviceTunnel) => [profile.addresses, profile.dnsServers, profile.mtu];

/** What `wg syncconf` changes without cutting a session. */
const session = ({ publicKey, presharedKey, profile }: DeviceTunnel) => [
  publicKey,
  presharedKey,
  gatewaysOf(profile).map((gateway) => [
    gateway.publicKey,
    gateway.presharedKey ?? null,
    gateway.endpoint,
    gateway.keepaliveS,
    [...gateway.allowedIps].sort(),
  ]),
];

/** All go to the one interface, whichever gateway has them. */
const routesOf = ({ profile }: DeviceTunnel): string[] => gatewaysOf(profile).flatMap(({ allowedIps }) => allowedIps);

/** The least that has to be done. `before` is what was applied last, if that is known. */
export function changeBetween(
  before: DeviceTunnel | undefined,
  after: DeviceTunnel,
  { isUp }: { readonly isUp: boolean },
): Change {
  if (!isUp) return { action: "up" };
  if (!before || !isSame(surroundings(before), surroundings(after))) return { action: "restart" };
  const [old, wanted] = [routesOf(before), routesOf(after)];
  const addRoutes = wanted.filter((network) => !old.includes(network));
  const removeRoutes = old.filter((network) => !wanted.includes(network));
  if ([...addRoutes, ...removeRoutes].some(isDefault)) return { action: "restart" };
  if (isSame(session(before), session(after))) return { action: "nothing" };
  return { action: "sync", addRoutes, removeRoutes };
}
