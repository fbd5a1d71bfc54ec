import { randomBytes } from "node:crypto";
import { z } from "zod";
import { seal } from "@/server/core/crypto";
import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { type CommandContext, command, query } from "@/server/core/operation";
import { secrets } from "@/server/core/secrets";
import { allocate, release } from "@/server/modules/addresses/allocation.service";
import { presharedKeyContext } from "@/server/modules/gateways/preshared-key.service";
import { profileHash, profileOf } from "./profile.service";
import * as repo from "./repo";
import {
  CreateTunnel,
  ExtendTunnel,
  type IssuedTunnel,
  IssuedTunnel as IssuedTunnelSchema,
  ListTunnels,
  RotateTunnelKey,
  Traffic,
  TrafficQuestion,
  Tunnel,
  TunnelById,
  TunnelPage,
  UsableGateways,
} from "./schema";

const DAY_MS = 86_400_000;
const noTunnel = (id: string) => new AppError("not-found", `There is no tunnel ${id}.`);

export const list = query({
  permission: "tunnel.read",
  input: ListTunnels,
  output: TunnelPage,
  run: ({ reader }, filter) => repo.list(reader, filter),
});

export const get = query({
  permission: "tunnel.read",
  input: TunnelById,
  output: Tunnel,
  run: async ({ reader }, { id }) => (await repo.get(reader, id)) ?? Promise.reject(noTunnel(id)),
});

export const traffic = query({
  permission: "tunnel.read",
  input: TrafficQuestion,
  output: Traffic,
  run: ({ reader }, { id, resolution }) => repo.traffic(reader, id, resolution),
});

/** Where a tunnel can begin, for whoever may give one. */
export const gateways = query({
  permission: "tunnel.create",
  input: z.void(),
  output: UsableGateways,
  run: ({ reader }) => repo.usableGateways(reader),
});

const refuseKey = (message: string) => new AppError("key-in-use", message, { fields: { publicKey: message } });

/** A key is one tunnel's for ever: one that was taken away never comes back. */
async function requireNewKey(tx: Tx, publicKey: string): Promise<void> {
  const holder = await repo.holderOfKey(tx, publicKey);
  if (!holder) return;
  if (holder === "gateway") throw refuseKey("A gateway has this key. Generate another.");
  if (holder.state === "active") throw refuseKey(`${holder.deviceName} has this key. Generate another.`);
  throw refuseKey("This key was used before and revoked. Generate another.");
}

function sealedPresharedKey(publicKey: string): { presharedKey: string; presharedKeyCiphertext: string } {
  const presharedKey = randomBytes(32).toString("base64");
  const context = presharedKeyContext(publicKey);
  return { presharedKey, presharedKeyCiphertext: seal(secrets().encryption, presharedKey, context) };
}

const endOf = (lifetimeDays: number | null, now: Date): Date | null =>
  lifetimeDays === null ? null : new Date(now.getTime() + lifetimeDays * DAY_MS);

async function requireDevice(tx: Tx, id: string) {
  const device = await repo.lockDevice(tx, id);
  if (!device) throw new AppError("not-found", `There is no device ${id}.`);
  if (device.gatewayId) throw new AppError("conflict", `${device.name} is a gateway and needs no tunnel to one.`);
  if (device.status !== "active" && device.status !== "pending") {
    throw new AppError("conflict", `${device.name} is ${device.status}. Only a device in use gets a tunnel.`);
  }
  return device;
}

async function requireGateway(tx: Tx, id: string) {
  const gateway = await repo.lockGateway(tx, id);
  if (!gateway) throw new AppError("not-found", `There is no gateway ${id}.`);
  if (!gateway.isActive)
    throw new AppError("conflict", `${gateway.name} takes no new tunnels. Choose another gateway.`);
  if (gateway.publicKey && gateway.endpoint) return gateway;
  throw new AppError("conflict", `${gateway.name} has not enrolled yet. Run its join command on the machine first.`);
}

async function issued(context: CommandContext, id: string, presharedKey: string): Promise<IssuedTunnel> {
  const { tx, now } = context;
  const tunnel = await repo.get(tx, id);
  if (!tunnel) throw noTunnel(id);
  const profile = await profileOf(tx, tunnel, now());
  const { dnsServers, gateway } = profile;
  await repo.noteIssued(tx, id, { dnsServers, allowedIps: gateway.allowedIps, hash: profileHash(profile) });
  return { tunnel: Tunnel.parse(tunnel), profile, presharedKey };
}

/** Gives a device its tunnel: an address of every family, a preshared key of its own, and the profile of its policies. */
export async function begin(
  context: CommandContext,
  input: Record<"deviceId" | "gatewayId" | "publicKey", string> & Pick<CreateTunnel, "lifetimeDays">,
): Promise<IssuedTunnel> {
  const { tx, audit, now } = context;
  const { deviceId, gatewayId, publicKey, lifetimeDays } = input;
  const device = await requireDevice(tx, deviceId);
  const gateway = await requireGateway(tx, gatewayId);
  const present = await repo.ofDevice(tx, deviceId);
  if (present) {
    throw new AppError("conflict", `${device.name} has a tunnel to ${present.gatewayName}. End it, or renew its key.`);
  }
  await requireNewKey(tx, publicKey);
  const addresses: string[] = [];
  for (const poolId of await repo.poolIds(tx, gatewayId)) {
    addresses.push((await allocate(context, { poolId, deviceId })).address);
  }
  // Whoever gives it another tunnel has forgiven what the last one was ended for.
  await repo.forgive(tx, deviceId);
  const { presharedKey, presharedKeyCiphertext } = sealedPresharedKey(publicKey);
  const notAfter = endOf(lifetimeDays, now());
  const assignedIp = addresses[0] ?? null;
  const id = await repo.insert(tx, { deviceId, gatewayId, publicKey, presharedKeyCiphertext, notAfter, assignedIp });
  audit({
    event: "tunnel.created",
    subject: id,
    userId: device.userId,
    changes: { gateway: [null, gateway.name], addresses: [null, addresses], notAfter: [null, notAfter] },
    metadata: { deviceId, publicKey },
  });
  return issued(context, id, presharedKey);
}

export const create = command({
  permission: "tunnel.create",
  input: CreateTunnel,
  output: IssuedTunnelSchema,
  run: begin,
});

async function lockedActive(tx: Tx, id: string) {
  const tunnel = await repo.lock(tx, id);
  if (!tunnel) throw noTunnel(id);
  if (tunnel.state !== "active") throw new AppError("conflict", "This tunnel has ended. Give the device a new one.");
  return tunnel;
}

/** The tunnel goes on under another key and with the same addresses; the old key stops at the gateway's next state. */
export async function rotate(context: CommandContext, { id, publicKey }: Record<"id" | "publicKey", string>) {
  const { tx, audit } = context;
  const before = await lockedActive(tx, id);
  await requireNewKey(tx, publicKey);
  const { presharedKey, presharedKeyCiphertext } = sealedPresharedKey(publicKey);
  const { deviceId, gatewayId, assignedIp, notAfter } = before;
  await repo.update(tx, id, { state: "superseded" });
  const next = await repo.insert(tx, { deviceId, gatewayId, publicKey, presharedKeyCiphertext, notAfter, assignedIp });
  audit({
    event: "tunnel.key-rotated",
    subject: next,
    changes: { publicKey: [before.publicKey, publicKey] },
    metadata: { deviceId, replaces: id },
  });
  return issued(context, next, presharedKey);
}

export const rotateKey = command({
  permission: "tunnel.update",
  input: RotateTunnelKey,
  output: IssuedTunnelSchema,
  run: rotate,
});

/** Puts the end of a tunnel off, or lets it be without one. */
export const extend = command({
  permission: "tunnel.update",
  input: ExtendTunnel,
  output: Tunnel,
  async run({ tx, audit, now }, { id, lifetimeDays }) {
    const before = await lockedActive(tx, id);
    const notAfter = endOf(lifetimeDays, now());
    await repo.update(tx, id, { notAfter });
    audit({ event: "tunnel.extended", subject: id, changes: { notAfter: [before.notAfter, notAfter] } });
    return (await repo.get(tx, id)) ?? Promise.reject(noTunnel(id));
  },
});

/** Ends a tunnel for good; its addresses rest and its key never comes back. */
export async function end(context: CommandContext, { id }: { id: string }) {
  const { tx, audit } = context;
  const { deviceId, gatewayId, publicKey } = await lockedActive(tx, id);
  await release(context, { deviceIds: [deviceId], gatewayId });
  await repo.end(tx, [id]);
  audit({
    event: "tunnel.revoked",
    subject: id,
    changes: { state: ["active", "revoked"] },
    metadata: { deviceId, publicKey },
  });
  return Tunnel.parse(await repo.get(tx, id));
}

export const revoke = command({ permission: "tunnel.update", input: TunnelById, output: Tunnel, run: end });

/** Ends the tunnels whose time is over; gateways dropped them by themselves at that moment. */
export const endExpired = command({
  permission: "system",
  unaudited: "Most often no tunnel's time is over; each that is, is audited",
  input: z.void(),
  output: z.void(),
  async run(context) {
    const { tx, audit } = context;
    const over = await repo.lockExpired(tx);
    for (const { id, deviceId, gatewayId } of over) {
      await release(context, { deviceIds: [deviceId], gatewayId });
      audit({
        event: "tunnel.expired",
        subject: id,
        changes: { state: ["active", "revoked"] },
        metadata: { deviceId },
      });
    }
    await repo.end(
      tx,
      over.map(({ id }) => id),
    );
  },
});
