import { z } from "zod";
import type { DeviceStatus } from "@/db/enums";
import type { Tx } from "@/server/core/database";
import { AppError, violatedConstraint } from "@/server/core/errors";
import { command, query } from "@/server/core/operation";
import * as allocation from "@/server/modules/addresses/allocation.service";
import * as pools from "@/server/modules/addresses/pools.service";
import * as enrolment from "@/server/modules/enrolment/gateway.service";
import { CreatedEnrolmentToken } from "@/server/modules/enrolment/schema";
import * as repo from "./repo";
import {
  CreateGateway,
  GatewayById,
  GatewayDetail,
  type GatewayNetwork,
  GatewayPage,
  InviteGateway,
  ListGateways,
  RemovedGateway,
  RemoveGateway,
  UpdateGateway,
} from "./schema";

const noGateway = (id: string) => new AppError("not-found", `There is no gateway ${id}.`);

function explainTaken(error: unknown): never {
  if (violatedConstraint(error) !== "gateways_name") throw error;
  throw new AppError("name-taken", "This name is taken.", { fields: { name: "Another gateway has this name." } });
}

async function found(tx: Tx, id: string) {
  return (await repo.detail(tx, id)) ?? Promise.reject(noGateway(id));
}

async function locked(tx: Tx, id: string) {
  return (await repo.lock(tx, id)) ?? Promise.reject(noGateway(id));
}

export const list = query({
  permission: "gateway.read",
  input: ListGateways,
  output: GatewayPage,
  run: ({ reader }, filter) => repo.list(reader, filter),
});

export const get = query({
  permission: "gateway.read",
  input: GatewayById,
  output: GatewayDetail,
  run: async ({ reader }, { id }) => (await repo.detail(reader, id)) ?? Promise.reject(noGateway(id)),
});

const present = (networks: readonly (string | null)[]) => networks.filter((network) => network !== null);
const cidrs = (networks: readonly GatewayNetwork[]) => networks.map(({ network }) => network);

/** Sets a gateway up with the pools that its tunnels' addresses come from. */
export const create = command({
  permission: "gateway.create",
  input: CreateGateway,
  output: GatewayDetail,
  async run(context, { networks, ...values }) {
    const { tx, audit } = context;
    const tunnels = present([values.vpnCidr, values.vpnCidrV6]);
    const wanted = { vpnCidr: [values.vpnCidr], vpnCidrV6: present([values.vpnCidrV6]), networks: cidrs(networks) };
    await pools.requireFree(tx, wanted);
    await pools.requireDisjoint(tx, { tunnels, networks: wanted.networks });
    const id = await repo.insert(tx, values).catch(explainTaken);
    await repo.setNetworks(tx, id, networks);
    const { name, endpoint, vpnCidr, vpnCidrV6 } = values;
    audit({
      event: "gateway.created",
      subject: id,
      changes: {
        name: [null, name],
        endpoint: [null, endpoint],
        vpnCidr: [null, vpnCidr],
        vpnCidrV6: [null, vpnCidrV6],
        networks: [null, wanted.networks],
      },
    });
    await pools.createPools(context, id, tunnels);
    return found(tx, id);
  },
});

type Before = NonNullable<Awaited<ReturnType<typeof repo.lock>>>;

/** An IPv6 network may be added; what tunnels have addresses of stays. @throws {AppError} conflict */
function addedV6({ vpnCidrV6: before }: Before, wanted: string | null): string | null {
  if (wanted === null || wanted === before) return null;
  if (before === null) return wanted;
  const message = `The gateway has ${before} already. Change its size among the addresses, or set up another gateway.`;
  throw new AppError("conflict", message, { fields: { vpnCidrV6: message } });
}

/** What changed, field by field. */
function changesOf(before: Before, { networks, ...after }: Omit<UpdateGateway, "id">) {
  const fields = Object.keys(after) as (keyof typeof after)[];
  return {
    ...Object.fromEntries(fields.map((field) => [field, [before[field], after[field]] as const])),
    networks: [cidrs(before.networks), cidrs(networks)] as const,
  };
}

export const update = command({
  permission: "gateway.update",
  input: UpdateGateway,
  output: GatewayDetail,
  async run(context, { id, networks, vpnCidrV6, ...values }) {
    const { tx, audit } = context;
    await pools.lockPlan(tx);
    const before = await locked(tx, id);
    const added = addedV6(before, vpnCidrV6);
    const kept = { ...values, vpnCidrV6: added ?? before.vpnCidrV6 };
    await pools.requireFree(
      tx,
      { vpnCidrV6: present([added]), networks: cidrs(networks) },
      { exceptTunnels: id, exceptNetworks: id },
    );
    const tunnels = present([before.vpnCidr, kept.vpnCidrV6]);
    await pools.requireDisjoint(tx, { tunnels, networks: cidrs(networks) });
    await repo.update(tx, id, kept).catch(explainTaken);
    await repo.setNetworks(tx, id, networks);
    audit({ event: "gateway.updated", subject: id, changes: changesOf(before, { ...kept, networks }) });
    if (added) await pools.createPools(context, id, [added]);
    return found(tx, id);
  },
});

/** Removes a gateway and ends every tunnel to it; who had which address stays known. */
export const remove = command({
  permission: "gateway.remove",
  stepUp: "fresh",
  input: RemoveGateway,
  output: RemovedGateway,
  async run(context, { id, confirmation }) {
    const { tx, audit } = context;
    await pools.lockPlan(tx);
    const { name } = await locked(tx, id);
    if (confirmation.trim() !== name) {
      const message = `Type ${name} to remove this gateway.`;
      throw new AppError("invalid", message, { fields: { confirmation: message } });
    }
    const addresses = await allocation.release(context, { gatewayId: id });
    const peers = await repo.revokePeers(tx, id);
    for (const { id: peerId, deviceId } of peers) {
      audit({ event: "tunnel.revoked", subject: peerId, metadata: { deviceId, gateway: name } });
    }
    await pools.removePools(context, id);
    await enrolment.revokeTokensOf(context, id);
    await repo.markRemoved(tx, id);
    audit({ event: "gateway.removed", subject: id, changes: { name: [name, null], tunnels: [peers.length, 0] } });
    return { name, tunnels: peers.length, addresses };
  },
});

const ENDED: readonly DeviceStatus[] = ["rejected", "revoked", "retired"];

/** A token that makes the machine which enrols with it this gateway; its value is in this answer and nowhere else. */
export const invite = command({
  permission: "gateway.update",
  stepUp: "recent",
  input: InviteGateway,
  output: CreatedEnrolmentToken,
  async run(context, { id, lifetimeH }) {
    const { name } = await locked(context.tx, id);
    const { device } = await found(context.tx, id);
    if (device && !ENDED.includes(device.status)) {
      const message = `${device.name} is this gateway already. Retire or revoke that device first.`;
      throw new AppError("gateway-taken", message);
    }
    return enrolment.createToken(context, { gateway: { id, name }, lifetimeH });
  },
});

/** Takes back the tokens that machines could still enrol with as this gateway. */
export const withdraw = command({
  permission: "gateway.update",
  input: GatewayById,
  output: z.void(),
  async run(context, { id }) {
    const { name } = await locked(context.tx, id);
    if ((await enrolment.revokeTokensOf(context, id)) > 0) return;
    throw new AppError("conflict", `There is no token of ${name} that could still be used.`);
  },
});
