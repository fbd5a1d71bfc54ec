import { z } from "zod";
import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { type CommandContext, command, query } from "@/server/core/operation";
import { allocate, release } from "@/server/modules/addresses/allocation.service";
import { hasExpired } from "@/server/modules/devices/schema";
import * as gatewaysRepo from "./gateways.repo";
import { issued, type Made } from "./issue.service";
import { explainKey, keyFor, requireNewKey, sealedPresharedKey } from "./keys.service";
import * as repo from "./repo";
import {
  CreateTunnel,
  DeviceTunnels,
  ExtendTunnel,
  IssuedTunnel,
  ListTunnels,
  RotateTunnelKey,
  Traffic,
  TrafficQuestion,
  Tunnel,
  TunnelById,
  TunnelPage,
  TunnelsOfDevice,
  UsableGateways,
} from "./schema";
import { missingGateways, unreached } from "./wanted.service";

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

/** A device's tunnels in use, and what none of them leads to although policies open it. */
export const ofDevice = query({
  permission: "tunnel.read",
  isSnapshot: true,
  input: TunnelsOfDevice,
  output: DeviceTunnels,
  async run({ reader, now }, { deviceId }) {
    return {
      tunnels: await repo.allOfDevice(reader, deviceId),
      unreached: await unreached(reader, deviceId, now()),
    };
  },
});

/** Where a tunnel can begin, for whoever may give one. */
export const gateways = query({
  permission: "tunnel.create",
  input: z.void(),
  output: UsableGateways,
  run: ({ reader }) => repo.usableGateways(reader),
});

const endOf = (lifetimeDays: number | null, now: Date): Date | null =>
  lifetimeDays === null ? null : new Date(now.getTime() + lifetimeDays * DAY_MS);

type HeldDevice = NonNullable<Awaited<ReturnType<typeof repo.lockDevice>>>;

const isInUse = ({ status }: HeldDevice): boolean => status === "active" || status === "pending";

async function requireDevice({ tx, now }: Pick<CommandContext, "tx" | "now">, id: string): Promise<HeldDevice> {
  const device = await repo.lockDevice(tx, id);
  if (!device) throw new AppError("not-found", `There is no device ${id}.`);
  if (device.gatewayId) throw new AppError("conflict", `${device.name} is a gateway and needs no tunnel to one.`);
  if (!isInUse(device)) {
    throw new AppError("conflict", `${device.name} is ${device.status}. Only a device in use gets a tunnel.`);
  }
  if (hasExpired(device, now())) {
    throw new AppError("conflict", `${device.name} has expired. Change when it leaves the private network first.`);
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

interface NewTunnels {
  gatewayIds: readonly string[];
  publicKey: string;
  notAfter: Date | null;
}

/** Tunnels of a device whose row is held, each with an address of every family and a preshared key of its own. */
async function add(context: CommandContext, device: HeldDevice, input: NewTunnels): Promise<Made[]> {
  const { tx, audit } = context;
  const { id: deviceId } = device;
  const { gatewayIds, publicKey } = input;
  await gatewaysRepo.lock(tx, gatewayIds);
  const made: Made[] = [];
  for (const gatewayId of gatewayIds) {
    const gateway = await requireGateway(tx, gatewayId);
    const addresses: string[] = [];
    for (const poolId of await repo.poolIds(tx, gatewayId)) {
      addresses.push((await allocate(context, { poolId, deviceId })).address);
    }
    // Whoever gives it another tunnel has forgiven what the last one there was ended for.
    await repo.forgive(tx, { deviceId, gatewayId });
    const { presharedKey, presharedKeyCiphertext } = sealedPresharedKey(publicKey);
    const notAfter = input.notAfter ?? (await repo.movedEnd(tx, deviceId, gatewayId));
    const assignedIp = addresses[0] ?? null;
    const values = { deviceId, gatewayId, publicKey, presharedKeyCiphertext, notAfter, assignedIp };
    const id = await repo.insert(tx, values).catch(explainKey);
    made.push({ id, gatewayId, presharedKey });
    audit({
      event: "tunnel.created",
      subject: id,
      userId: device.userId,
      changes: { gateway: [null, gateway.name], addresses: [null, addresses], notAfter: [null, notAfter] },
      metadata: { deviceId, publicKey },
    });
  }
  return made;
}

/**
 * Gives a device a tunnel to a gateway. Its first brings those to other gateways with it behind which policies open
 * something to it; one more has the key that the device has.
 */
export async function begin(
  context: CommandContext,
  input: Record<"deviceId" | "gatewayId", string> & Pick<CreateTunnel, "lifetimeDays" | "publicKey">,
): Promise<IssuedTunnel> {
  const { tx, now } = context;
  const { deviceId, gatewayId, lifetimeDays } = input;
  const device = await requireDevice(context, deviceId);
  const present = await repo.allOfDevice(tx, deviceId);
  const same = present.find((tunnel) => tunnel.gatewayId === gatewayId);
  if (same) {
    throw new AppError("conflict", `${device.name} has a tunnel to ${same.gatewayName}. End it, or renew its key.`);
  }
  const publicKey = await keyFor(tx, present, input.publicKey);
  const missing = present.length === 0 ? await missingGateways(tx, { deviceId }, now()) : [];
  const gatewayIds = [...new Set([gatewayId, ...missing])];
  const made = await add(context, device, { gatewayIds, publicKey, notAfter: endOf(lifetimeDays, now()) });
  return issued(context, made);
}

/** Begins the tunnels that a device with one lacks. They end when that one does. */
export async function complete(context: CommandContext, deviceId: string): Promise<void> {
  const { tx, now } = context;
  const device = await requireDevice(context, deviceId);
  const [primary] = await repo.allOfDevice(tx, deviceId);
  if (primary) await add(context, device, { ...primary, gatewayIds: await missingGateways(tx, { deviceId }, now()) });
}

export const create = command({
  permission: "tunnel.create",
  input: CreateTunnel,
  output: IssuedTunnel,
  run: begin,
});

const ended = () => new AppError("conflict", "This tunnel has ended. Give the device a new one.");

async function lockedActive(tx: Tx, id: string) {
  const tunnel = await repo.lock(tx, id);
  if (!tunnel) throw noTunnel(id);
  if (tunnel.state !== "active") throw ended();
  return tunnel;
}

/**
 * All tunnels of the device go on under another key and with the same addresses, and those it lacks begin; the old key
 * stops at the gateways' next states.
 */
export async function rotate(context: CommandContext, { id, publicKey }: Record<"id" | "publicKey", string>) {
  const { tx, audit, now } = context;
  const asked = await repo.get(tx, id);
  if (!asked) throw noTunnel(id);
  const { deviceId } = asked;
  const device = await repo.lockDevice(tx, deviceId);
  const before = await repo.lockAllOfDevice(tx, deviceId);
  const [primary] = before;
  if (!device || !primary || before.every((tunnel) => tunnel.id !== id)) throw ended();
  await requireNewKey(tx, publicKey);
  await repo.supersede(tx, deviceId);
  const made: Made[] = [];
  for (const { gatewayId, assignedIp, notAfter, beganAt, ...old } of before) {
    const { presharedKey, presharedKeyCiphertext } = sealedPresharedKey(publicKey);
    const values = { deviceId, gatewayId, publicKey, presharedKeyCiphertext, notAfter, assignedIp, beganAt };
    const next = await repo.insert(tx, values).catch(explainKey);
    made.push({ id: next, gatewayId, presharedKey });
    audit({
      event: "tunnel.key-rotated",
      subject: next,
      changes: { publicKey: [old.publicKey, publicKey] },
      metadata: { deviceId, replaces: old.id },
    });
  }
  const gatewayIds = isInUse(device) ? await missingGateways(tx, { deviceId }, now()) : [];
  made.push(...(await add(context, device, { gatewayIds, publicKey, notAfter: primary.notAfter })));
  return issued(context, made);
}

export const rotateKey = command({
  permission: "tunnel.update",
  input: RotateTunnelKey,
  output: IssuedTunnel,
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
