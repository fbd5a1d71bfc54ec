import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { type CommandContext, command, query } from "@/server/core/operation";
import * as repo from "./pools.repo";
import { ListPools, Pool, PoolById, PoolPage, ReserveRange, ResizePool } from "./schema";

export const noPool = (id: string) => new AppError("not-found", `There is no address pool ${id}.`);

export const list = query({
  permission: "address.read",
  input: ListPools,
  output: PoolPage,
  run: ({ reader }, filter) => repo.list(reader, filter),
});

export const get = query({
  permission: "address.read",
  input: PoolById,
  output: Pool,
  run: async ({ reader }, { id }) => (await repo.get(reader, id)) ?? Promise.reject(noPool(id)),
});

async function found(tx: Tx, id: string) {
  return (await repo.get(tx, id)) ?? Promise.reject(noPool(id));
}

type Reporting = Pick<CommandContext, "tx" | "audit">;

/** Says that a pool's use has passed a mark: once, until it has fallen well below it again. */
export function reportFilling({ audit }: Pick<Reporting, "audit">, poolId: string, crossed: number | null): void {
  if (crossed === null) return;
  const message = `${crossed} % of the pool's addresses are used.`;
  audit({ event: "address.pool-filling", subject: poolId, message, metadata: { percent: crossed } });
}

const saysWho = ({ address, device, count }: repo.InTheWay): string => {
  const others = count > 1 ? ` and ${(count - 1).toLocaleString("en-GB")} more` : "";
  return `${address} (${device ?? "no device"})${others}`;
};

/**
 * Makes sure that nothing else has these networks, and that nothing takes them until the transaction ends.
 * @throws {AppError} network-overlap, saying with what and what to change
 */
export async function requireFree(
  tx: Tx,
  wanted: Readonly<Record<string, readonly string[]>>,
  except: { exceptTunnels?: string; exceptNetworks?: string } = {},
): Promise<void> {
  await repo.lockPlan(tx);
  for (const [field, networks] of Object.entries(wanted)) {
    const other = await repo.overlap(tx, networks, except);
    if (!other) continue;
    const what = other.kind === "tunnels" ? "the tunnels of" : "a network behind";
    const message = `${other.wanted} overlaps ${other.network}, ${what} the gateway ${other.gateway}. Choose a network outside of it, or change that gateway first.`;
    throw new AppError("network-overlap", message, { fields: { [field]: message } });
  }
}

export const lockPlan = repo.lockPlan;

/** @throws {AppError} network-overlap, when a gateway's own networks or tunnels overlap each other */
export async function requireDisjoint(tx: Tx, { tunnels, networks }: { tunnels: string[]; networks: string[] }) {
  const pair = await repo.overlapAmong(tx, [...tunnels, ...networks]);
  if (!pair) return;
  const what = tunnels.includes(pair.first) ? `${pair.first}, the gateway's own tunnels` : pair.first;
  const message = `${pair.second} overlaps ${what}. Leave one of them out.`;
  throw new AppError("network-overlap", message, { fields: { networks: message } });
}

/** The pools of a new gateway, one for each of its tunnel networks. */
export async function createPools({ tx, audit }: Reporting, gatewayId: string, networks: readonly string[]) {
  for (const network of networks) {
    const id = await repo.create(tx, gatewayId, network);
    audit({ event: "pool.created", subject: id, changes: { network: [null, network] }, metadata: { gatewayId } });
  }
}

/** Ends a gateway's pools, of which nothing may be allocated any more. */
export async function removePools({ tx, audit }: Reporting, gatewayId: string): Promise<void> {
  for (const { id, cidr } of await repo.remove(tx, gatewayId)) {
    audit({ event: "pool.removed", subject: id, changes: { network: [cidr, null] }, metadata: { gatewayId } });
  }
}

async function locked(tx: Tx, id: string) {
  await repo.lockPlan(tx);
  await repo.lock(tx, id);
  return found(tx, id);
}

/** @throws {AppError} invalid, conflict, network-overlap */
async function requireResizable(tx: Tx, pool: Pool, prefix: number): Promise<string> {
  const [longest, shortest] = pool.family === 4 ? [30, 8] : [112, 48];
  if (prefix < shortest || prefix > longest) {
    const message = `Choose a prefix between /${shortest} and /${longest}.`;
    throw new AppError("invalid", message, { fields: { prefix: message } });
  }
  const network = await repo.resized(tx, pool.cidr, prefix);
  if (!network) {
    const message = `A /${prefix} cannot start where ${pool.cidr} starts. Choose a longer prefix, or set up another gateway.`;
    throw new AppError("invalid", message, { fields: { prefix: message } });
  }
  const outside = await repo.liveIn(tx, pool.id, { range: network, isInside: false });
  if (outside) {
    const message = `${saysWho(outside)} would be outside of ${network}. Assign other addresses first.`;
    throw new AppError("conflict", message, { fields: { prefix: message } });
  }
  if (pool.gatewayId) await requireFree(tx, { prefix: [network] }, { exceptTunnels: pool.gatewayId });
  return network;
}

/** Makes the pool, and its gateway's tunnel network, larger or smaller; it keeps its start. */
export const resize = command({
  permission: "address.update",
  input: ResizePool,
  output: Pool,
  async run({ tx, audit }, { id, prefix }) {
    const pool = Pool.parse(await locked(tx, id));
    const network = await requireResizable(tx, pool, prefix);
    if (network === pool.cidr) throw new AppError("conflict", `The pool is ${pool.cidr} already.`);
    await repo.resize(tx, { id, cidr: pool.cidr, network });
    audit({ event: "pool.updated", subject: id, changes: { network: [pool.cidr, network] } });
    reportFilling({ audit }, id, await repo.recount(tx, id));
    return found(tx, id);
  },
});

async function changeReserved({ tx, audit }: Reporting, pool: Pool, reserved: readonly string[]) {
  await repo.setReserved(tx, pool.id, reserved);
  audit({ event: "pool.updated", subject: pool.id, changes: { reserved: [pool.reserved, reserved] } });
  reportFilling({ audit }, pool.id, await repo.recount(tx, pool.id));
  return found(tx, pool.id);
}

/** Keeps a range for addresses that are assigned by hand. */
export const reserve = command({
  permission: "address.update",
  input: ReserveRange,
  output: Pool,
  async run(context, { id, range }) {
    const pool = Pool.parse(await locked(context.tx, id));
    const refuse = (message: string) => new AppError("conflict", message, { fields: { range: message } });
    const relation = await repo.relationOf(context.tx, pool, range);
    if (!relation.isInside) throw refuse(`${range} is not inside of ${pool.cidr}.`);
    if (relation.reserved) throw refuse(`${range} overlaps ${relation.reserved}, which is reserved already.`);
    const taken = await repo.liveIn(context.tx, id, { range, isInside: true });
    if (taken) throw refuse(`In use: ${saysWho(taken)}. Reserve around it, or assign another address first.`);
    return changeReserved(context, pool, [...pool.reserved, relation.network]);
  },
});

/** Lets a reserved range be handed out again. */
export const unreserve = command({
  permission: "address.update",
  input: ReserveRange,
  output: Pool,
  async run(context, { id, range }) {
    const pool = Pool.parse(await locked(context.tx, id));
    const rest = pool.reserved.filter((one) => one !== range);
    if (rest.length === pool.reserved.length) throw new AppError("conflict", `${range} is not reserved in this pool.`);
    return changeReserved(context, pool, rest);
  },
});
