import ipaddr from "ipaddr.js";
import { z } from "zod";
import { deviceStatuses } from "@/db/enums";
import { DeviceId, EnrolmentTokenId, GatewayId, PoolId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";

/** Worst first: `never` means that no machine has enrolled for it yet. */
export const gatewayStates = ["never", "error", "offline", "pending", "synced"] as const;
export type GatewayState = (typeof gatewayStates)[number];

export const GatewayNetwork = z.object({ network: z.string(), description: z.string() });
export type GatewayNetwork = z.infer<typeof GatewayNetwork>;

export const Gateway = z.object({
  id: GatewayId,
  name: z.string(),
  state: z.enum(gatewayStates),
  endpoint: z.string().nullable(),
  isActive: z.boolean(),
  vpnCidr: z.string(),
  vpnCidrV6: z.string().nullable(),
  /** Live tunnels to it. */
  tunnels: z.number().int(),
  /** Of the IPv4 pool. */
  used: z.number().int(),
  capacity: z.number().int(),
  lastSyncAt: z.date().nullable(),
  createdAt: z.date(),
});
export type Gateway = z.infer<typeof Gateway>;

export const GatewayPage = pageOf(Gateway);
export type GatewayPage = z.infer<typeof GatewayPage>;

export const ListGateways = PageFilter.extend({
  sort: z.enum(["name", "createdAt"]).default("name"),
  state: z.enum(gatewayStates).optional(),
});
export type ListGateways = z.infer<typeof ListGateways>;

/** Names read from A, moments from the latest, unless the list was asked otherwise. */
export const gatewayDirection = ({ sort, direction }: Pick<ListGateways, "sort" | "direction">): "asc" | "desc" =>
  direction ?? (sort === "name" ? "asc" : "desc");

export const GatewayDetail = Gateway.extend({
  publicKey: z.string().nullable(),
  listenPort: z.number().int(),
  dnsServers: z.array(z.string()),
  mtu: z.number().int(),
  masquerade: z.boolean(),
  networks: z.array(GatewayNetwork),
  desiredRevision: z.number().int(),
  appliedRevision: z.number().int().nullable(),
  appliedAt: z.date().nullable(),
  applyError: z.string().nullable(),
  agentVersion: z.string().nullable(),
  /** The machine that is the gateway. */
  device: z.object({ id: DeviceId, name: z.string(), status: z.enum(deviceStatuses) }).nullable(),
  pools: z.array(z.object({ id: PoolId, cidr: z.string(), used: z.number().int(), capacity: z.number().int() })),
  /** A token that a machine can still enrol with as this gateway. */
  token: z.object({ id: EnrolmentTokenId, expiresAt: z.date() }).nullable(),
});
export type GatewayDetail = z.infer<typeof GatewayDetail>;

/** The network without host bits, or undefined when the text is no network. */
export function canonical(text: string): string | undefined {
  if (!ipaddr.isValidCIDR(text)) return undefined;
  const [address, prefix] = ipaddr.parseCIDR(text);
  const kind = address.kind() === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${kind.networkAddressFromCIDR(text).toString()}/${prefix}`;
}

/** A network written without host bits; the complaint says what it should be. */
const Network = z.string().superRefine((text, context) => {
  const network = canonical(text);
  if (!network) return context.addIssue({ code: "custom", message: `“${text}” is not a network like 10.1.0.0/16.` });
  const [[given], [proper]] = [ipaddr.parseCIDR(text), ipaddr.parseCIDR(network)];
  if (given.toString() === proper.toString()) return;
  context.addIssue({ code: "custom", message: `${text} is one address of a network. Write ${network}.` });
});

const prefixOf = (text: string): number => Number(text.split("/")[1]);

const VpnCidr = Network.refine(
  (text) => !text.includes(":") && prefixOf(text) >= 8 && prefixOf(text) <= 30,
  "Enter an IPv4 network between /8 and /30, such as 10.77.0.0/16.",
);

const VpnCidrV6 = Network.refine(
  (text) => /^f[cd]/i.test(text) && prefixOf(text) === 64,
  "Enter a private IPv6 network of length /64, such as fd12:3456:789a::/64.",
);

const HOST = /^(?:\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?):([0-9]{1,5})$/i;

const Endpoint = z
  .string()
  .trim()
  .max(260)
  .refine((text) => {
    const port = Number(HOST.exec(text)?.[1]);
    return port >= 1 && port <= 65535;
  }, "Enter a name or address and a port: vpn.example.com:51820.");

const settings = {
  name: z
    .string()
    .trim()
    .min(1, "Give the gateway a name.")
    .max(60, "At most 60 characters.")
    .regex(/^\P{Cc}+$/u, "A name is one line of printable text."),
  endpoint: Endpoint.nullable().default(null),
  listenPort: z.coerce.number().int().min(1).max(65535, "Ports end at 65535.").default(51820),
  dnsServers: z
    .array(z.union([z.ipv4(), z.ipv6()], "Enter addresses."))
    .max(5, "At most five.")
    .default([]),
  mtu: z.coerce.number().int().min(1280, "At least 1280.").max(9000, "At most 9000.").default(1420),
  masquerade: z.boolean().default(true),
  networks: z
    .array(z.object({ network: Network, description: z.string().trim().max(200).default("") }))
    .max(200, "At most 200 networks.")
    .default([]),
};

export const CreateGateway = z.object({
  ...settings,
  vpnCidr: VpnCidr,
  vpnCidrV6: VpnCidrV6.nullable().default(null),
});
export type CreateGateway = z.infer<typeof CreateGateway>;

/** The tunnel networks are resized among the addresses; an IPv6 one can be added. */
export const UpdateGateway = z.object({
  id: GatewayId,
  ...settings,
  isActive: z.boolean().default(true),
  vpnCidrV6: VpnCidrV6.nullable().default(null),
});
export type UpdateGateway = z.infer<typeof UpdateGateway>;

export const GatewayById = z.object({ id: GatewayId });

/** Its name, typed, so that nobody removes another. */
export const RemoveGateway = z.object({ id: GatewayId, confirmation: z.string() });

/** What ended with a gateway. */
export const RemovedGateway = z.object({ name: z.string(), tunnels: z.number().int(), addresses: z.number().int() });

export const InviteGateway = z.object({
  id: GatewayId,
  lifetimeH: z.coerce.number().int().min(1).max(168).default(24),
});
