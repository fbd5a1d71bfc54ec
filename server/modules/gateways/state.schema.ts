import { z } from "zod";
import { networkProtocols, policyEffects } from "@/db/enums";

/** Below it every address of the gateway's protocol; requests and answers are signed like an agent's. */
export const GATEWAY_API = "/api/gateway/v1";

/** Canonical base64 of 32 bytes: the last letter carries four bits only. */
export const WireguardKey = z.string().regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, "This is not a WireGuard key.");

/** Of either family, without host bits. */
const Network = z.union([z.cidrv4(), z.cidrv6()]);
const Address = z.union([z.ipv4(), z.ipv6()]);

/** A moment as seconds since 1970, because a gateway compares it with its own clock. */
const EpochSeconds = z.number().int().positive();

/** One device's end of a tunnel. */
export const GatewayPeer = z.strictObject({
  publicKey: WireguardKey,
  presharedKey: WireguardKey.nullable(),
  /**
   * The device's own addresses, as /32 and /128: whatever comes out of the tunnel from elsewhere is dropped. Those of its
   * tunnels to other gateways follow this gateway's, because a device sends from whichever its system chooses.
   */
  allowedIps: z.array(Network).min(1).max(64),
  /** The gateway removes the peer then by itself; null is never. */
  notAfter: EpochSeconds.nullable(),
});
export type GatewayPeer = z.infer<typeof GatewayPeer>;

/** `internet` is every address but those in the state's `privateNetworks`. */
export const RuleDestination = z.union([Network, z.literal("internet")]);

/** The first rule that matches decides; a profile that none matches denies. */
export const ProfileRule = z.strictObject({
  destination: RuleDestination,
  verdict: z.enum(policyEffects),
  protocol: z.enum(networkProtocols),
  /** Both ends belong to it; only of tcp and udp. */
  ports: z.strictObject({ from: z.number().int().min(1), to: z.number().int().max(65535) }).nullable(),
  policyId: z.uuid(),
});
export type ProfileRule = z.infer<typeof ProfileRule>;

/** What a profile is called: the first 16 hexadecimal letters of the SHA-256 of its rules as canonical JSON. */
export const ProfileHash = z.string().regex(/^[0-9a-f]{16}$/);

/**
 * Everything a gateway has to be, always whole. The answer's bytes are its canonical JSON (RFC 8785) and its ETag the
 * SHA-256 of them, hexadecimal.
 */
export const GatewayState = z.strictObject({
  schema: z.literal(1),
  gateway: z.strictObject({
    id: z.uuid(),
    listenPort: z.number().int().min(1).max(65535),
    /** The gateway's own, with the length of the pool's prefix: `10.77.0.1/16`. */
    addresses: z.array(z.string()).min(1).max(2),
    mtu: z.number().int().min(1280).max(9000),
    masquerade: z.boolean(),
  }),
  /** What `internet` leaves out: private and reserved ranges and every pool. */
  privateNetworks: z.array(Network),
  peers: z.array(GatewayPeer),
  profiles: z.record(ProfileHash, z.array(ProfileRule)),
  /** Which profile an address that a peer holds has. One without is denied everything. */
  deviceProfiles: z.record(Address, ProfileHash),
  counts: z.strictObject({ peers: z.number().int(), profiles: z.number().int() }),
  /** Lets this state remove more than half of the peers at once. */
  isMassRemovalAllowed: z.boolean(),
});
export type GatewayState = z.infer<typeof GatewayState>;

/** SHA-256 of a state's bytes, hexadecimal: its ETag without the quotes. */
const StateEtag = z.string().regex(/^[0-9a-f]{64}$/);

/** What a gateway writes into `A-IM` when it can make a state out of the one it has and what has changed (RFC 3229). */
export const DELTA_MANIPULATION = "wg-delta";

/**
 * What makes the state `etag` out of the state `base`, sent with 226 instead of a state. What it names as a whole it
 * replaces; whether the outcome is right, its hash says.
 */
export const GatewayDelta = GatewayState.omit({ peers: true, profiles: true, deviceProfiles: true }).extend({
  base: StateEtag,
  etag: StateEtag,
  /** By public key. */
  peers: z.strictObject({ upsert: z.array(GatewayPeer), remove: z.array(WireguardKey) }),
  profiles: z.strictObject({ add: z.record(ProfileHash, z.array(ProfileRule)), remove: z.array(ProfileHash) }),
  deviceProfiles: z.strictObject({ set: z.record(Address, ProfileHash), unset: z.array(Address) }),
});
export type GatewayDelta = z.infer<typeof GatewayDelta>;

/** What a gateway says of itself when it starts and whenever it changes: its tunnel's key is made there and stays there. */
export const GatewayHello = z.strictObject({
  publicKey: WireguardKey,
  /** `host:port` that devices connect to; null where the administrator said it in the console. */
  endpoint: z.string().max(260).nullable(),
  agentVersion: z.string().max(50),
  bootId: z.string().max(64),
});
export type GatewayHello = z.infer<typeof GatewayHello>;

/** What became of a state. */
export const GatewayStatus = z.strictObject({
  etag: StateEtag,
  outcome: z.enum(["applied", "failed", "held"]),
  /** What the system said when it failed. */
  error: z.string().max(2000).nullable(),
  bootId: z.string().max(64),
});
export type GatewayStatus = z.infer<typeof GatewayStatus>;

/** Counters as WireGuard shows them, of the peers they changed of; they start from 0 with each boot id. */
export const GatewayStats = z.strictObject({
  bootId: z.string().max(64),
  peers: z
    .array(
      z.strictObject({
        publicKey: WireguardKey,
        rxBytes: z.number().int().min(0),
        txBytes: z.number().int().min(0),
        /** 0: none yet. */
        lastHandshakeAt: z.number().int().min(0),
        endpoint: z.string().max(64).nullable(),
      }),
    )
    .max(10_000),
});
export type GatewayStats = z.infer<typeof GatewayStats>;
