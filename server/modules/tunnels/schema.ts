import { z } from "zod";
import { deviceStatuses, peerStates } from "@/db/enums";
import { DeviceId, GatewayId, TunnelId } from "@/server/core/ids";
import { PageFilter, pageOf } from "@/server/core/page";
import { DeviceAllowance } from "@/server/modules/devices/schema";
import { WireguardKey } from "@/server/modules/gateways/state.schema";

/** A handshake is made anew every two minutes while there is traffic; beyond this the other end is not there. */
export const ONLINE_S = 210;

export const Tunnel = z.object({
  id: TunnelId,
  deviceId: DeviceId,
  deviceName: z.string(),
  ownerName: z.string().nullable(),
  gatewayId: GatewayId,
  gatewayName: z.string(),
  publicKey: z.string(),
  addresses: z.array(z.string()),
  state: z.enum(peerStates),
  /** It ends then by itself; null is never. */
  notAfter: z.date().nullable(),
  /** Its device leaves the private network then, with whatever tunnels it has; null is never. */
  deviceExpiresAt: z.date().nullable(),
  isOnline: z.boolean(),
  lastHandshakeAt: z.date().nullable(),
  remoteEndpoint: z.string().nullable(),
  /** Since midnight UTC, as the gateway counts: received from the device, sent to it. */
  rxBytes: z.number(),
  txBytes: z.number(),
  createdAt: z.date(),
});
export type Tunnel = z.infer<typeof Tunnel>;

export const TunnelPage = pageOf(Tunnel);
export type TunnelPage = z.infer<typeof TunnelPage>;

export const ListTunnels = PageFilter.extend({
  sort: z.enum(["createdAt"]).default("createdAt"),
  gateway: GatewayId.optional(),
  device: DeviceId.optional(),
  state: z.enum(peerStates).optional(),
});
export type ListTunnels = z.infer<typeof ListTunnels>;

const LifetimeDays = z.number().int().min(1).max(3650).nullable();

export const CreateTunnel = z.object({
  deviceId: DeviceId,
  gatewayId: GatewayId,
  /** Absent: the one that the device's tunnels have already. */
  publicKey: WireguardKey.optional(),
  /** Null: until it is ended. */
  lifetimeDays: LifetimeDays.default(null),
});
export type CreateTunnel = z.infer<typeof CreateTunnel>;

export const TunnelById = z.object({ id: TunnelId });
export const RotateTunnelKey = z.object({ id: TunnelId, publicKey: WireguardKey });
export const ExtendTunnel = z.object({ id: TunnelId, lifetimeDays: LifetimeDays });

/** A gateway as a device has to know it. */
export const TunnelPeer = z.object({
  name: z.string(),
  publicKey: z.string(),
  /** `host:port`. */
  endpoint: z.string(),
  allowedIps: z.array(z.string()),
  keepaliveS: z.number().int(),
  /** Where it is told, and not beside the profile. */
  presharedKey: WireguardKey.optional(),
});
export type TunnelPeer = z.infer<typeof TunnelPeer>;

export const TunnelsOfDevice = z.object({ deviceId: DeviceId });

/** A device's tunnels in use. */
export const DeviceTunnels = z.object({
  /** The primary one first. */
  tunnels: z.array(Tunnel),
  /** Networks that policies open to the device and none of its gateways has behind it. */
  unreached: z.array(z.string()),
});

/** The device's end, but for its private key: what a wg-quick file or an agent is made of. */
export const TunnelProfile = z.object({
  addresses: z.array(z.string()),
  dnsServers: z.array(z.string()),
  mtu: z.number().int(),
  /** The primary one, which a full tunnel leads to, and all that is behind none of them. */
  gateway: TunnelPeer,
  /** The others, each for what is behind it; absent where there is none. */
  others: z.array(TunnelPeer).optional(),
});
export type TunnelProfile = z.infer<typeof TunnelProfile>;

/** All gateways of a profile, the primary one first. */
export const gatewaysOf = ({ gateway, others = [] }: TunnelProfile): TunnelPeer[] => [gateway, ...others];

/** What a device offers to begin a tunnel or to go on under another key; the private half stays with it. */
export const OfferKey = z.strictObject({ publicKey: WireguardKey });

/** What a device is told of its own tunnels, which share its key and its interface. */
export const DeviceTunnel = z.object({
  publicKey: WireguardKey,
  /** Of the primary gateway; those of others are in the profile. */
  presharedKey: WireguardKey,
  /** When the last of them ends. */
  notAfter: z.string().nullable(),
  /** There are gateways it could have a tunnel to and has none yet: it has to offer its key again. */
  isIncomplete: z.boolean().optional(),
  profile: TunnelProfile,
});
export type DeviceTunnel = z.infer<typeof DeviceTunnel>;

/** With what is shown only now; the profile is the one of all the device's tunnels. */
export const IssuedTunnel = z.object({
  tunnel: Tunnel,
  profile: TunnelProfile,
  presharedKey: WireguardKey,
});
export type IssuedTunnel = z.infer<typeof IssuedTunnel>;

/** What a person may call a device of their own; it also names the file, so that every WireGuard app takes it. */
export const OwnDeviceName = z
  .string()
  .trim()
  .min(1, "Give the device a name.")
  .max(60, "At most 60 characters.")
  .regex(/^\P{Cc}+$/u, "A name is one line of printable text.");

export const ownPlatforms = ["android", "ios", "linux", "macos", "windows", "other"] as const;

export const AddOwnDevice = z.object({
  name: OwnDeviceName,
  platform: z.enum(ownPlatforms),
  gatewayId: GatewayId,
  publicKey: WireguardKey,
});
export type AddOwnDevice = z.infer<typeof AddOwnDevice>;

export const OwnTunnel = Tunnel.extend({
  deviceStatus: z.enum(deviceStatuses),
  /** What was handed out is no longer what would be: routes, name servers or the gateway changed. */
  isOutdated: z.boolean(),
});
export type OwnTunnel = z.infer<typeof OwnTunnel>;

/** Gateways that a tunnel can begin at now. */
export const UsableGateways = z.array(z.object({ id: GatewayId, name: z.string() }));
export type UsableGateways = z.infer<typeof UsableGateways>;

export const OwnTunnels = z.object({
  tunnels: z.array(OwnTunnel),
  gateways: UsableGateways,
  allowance: DeviceAllowance,
  /** By how many days one can put an end off, from now; null where only an administrator can. */
  lifetimeDays: z.number().int().nullable(),
});
export const ExtendedOwn = z.object({ notAfter: z.date() });
export type OwnTunnels = z.infer<typeof OwnTunnels>;

/** How far back each resolution is told, in hours: a day, as long as hours are kept, and a year. */
export const trafficSpans = { minute: 24, hour: 62 * 24, day: 366 * 24 } as const;
export type TrafficResolution = keyof typeof trafficSpans;
export const TrafficResolution = z.enum(["minute", "hour", "day"]);

export const TrafficQuestion = z.object({ id: TunnelId, resolution: TrafficResolution });
export const Traffic = z.array(z.object({ at: z.date(), rxBytes: z.number(), txBytes: z.number() }));
export type Traffic = z.infer<typeof Traffic>;
