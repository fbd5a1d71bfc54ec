import { z } from "zod";
import type { Tx } from "@/server/core/database";
import { AppError } from "@/server/core/errors";
import { GatewayId } from "@/server/core/ids";
import { command, query } from "@/server/core/operation";
import { deviceCommand } from "@/server/modules/devices/agent.service";
import { GatewayHello, GatewayStats, GatewayStatus } from "./state.schema";
import * as repo from "./sync.repo";

export const notAGateway = () =>
  new AppError("forbidden", "This device is not a gateway. Enrol it with a token that a gateway's page made.");

async function own(tx: Tx, deviceId: string) {
  const gateway = await repo.lockOf(tx, deviceId);
  if (!gateway) throw notAGateway();
  return gateway;
}

/** Which gateway the device is, and how often what it must enforce has changed. */
export const revision = query({
  permission: "device",
  input: z.void(),
  output: z.object({ id: GatewayId, revision: z.number().int() }),
  async run({ reader, actor }) {
    const gateway = actor.kind === "device" && (await repo.revision(reader, actor.deviceId));
    if (!gateway) throw notAGateway();
    return gateway;
  },
});

/** The gateway asks again with what it applied, and it is still right: so it is up to this revision. */
export const noteApplied = command({
  permission: "device",
  unaudited: "That it was applied is audited when the gateway says so",
  input: z.object({ etag: z.string(), revision: z.number().int() }),
  output: z.boolean(),
  run: async ({ tx, actor }, applied) => actor.kind === "device" && repo.noteApplied(tx, actor.deviceId, applied),
});

/** What a gateway says of itself when it starts: with another key, every profile that names it is out of date. */
export const hello = deviceCommand({
  unaudited: "What it changes is audited; most often it changes nothing",
  input: GatewayHello,
  output: z.void(),
  async run({ tx, audit, device }, { publicKey, endpoint, agentVersion, bootId }) {
    const gateway = await own(tx, device.deviceId);
    if (await repo.isKeyOfPeer(tx, publicKey)) {
      throw new AppError("key-in-use", "A device's tunnel has this key. Delete the gateway's key and start it again.");
    }
    await repo.update(tx, gateway.id, { publicKey, agentVersion, bootId, endpoint: gateway.endpoint ?? endpoint });
    const changes = {
      ...(gateway.publicKey === publicKey ? {} : { publicKey: [gateway.publicKey, publicKey] as const }),
      ...(gateway.endpoint === null && endpoint ? { endpoint: [null, endpoint] as const } : {}),
    };
    if (Object.keys(changes).length === 0) return;
    audit({ event: "gateway.updated", subject: gateway.id, changes });
  },
});

const OUTCOMES = {
  applied: "gateway.state-applied",
  failed: "gateway.apply-failed",
  held: "gateway.mass-removal-held",
} as const;

/** What became of a state; said twice, it is on record once. */
export const status = deviceCommand({
  unaudited: "A repeated report of the same outcome says nothing new",
  input: GatewayStatus,
  output: z.void(),
  async run({ tx, audit, device, now }, { etag, outcome, error, bootId }) {
    const gateway = await own(tx, device.deviceId);
    const isApplied = outcome === "applied";
    const applyError = isApplied ? null : (error ?? outcome);
    const isNews = isApplied
      ? gateway.appliedEtag !== etag || gateway.applyError !== null
      : gateway.applyError !== applyError;
    await repo.update(tx, gateway.id, {
      bootId,
      applyError,
      ...(isApplied ? { appliedEtag: etag, appliedAt: now(), isMassRemovalAllowed: false } : {}),
    });
    if (!isNews) return;
    audit({
      event: OUTCOMES[outcome],
      subject: gateway.id,
      status: isApplied ? "success" : "failure",
      metadata: { etag, error: applyError },
    });
  },
});

export const stats = deviceCommand({
  unaudited: "Counters of traffic",
  input: GatewayStats,
  output: z.void(),
  async run({ tx, device }, said) {
    const gateway = await own(tx, device.deviceId);
    await repo.addTraffic(tx, gateway.id, said);
  },
});

/** Forgets traffic by the minute and by the hour when it is old. */
export const sweepTraffic = command({
  permission: "system",
  unaudited: "What is forgotten is kept in sums",
  input: z.void(),
  output: z.void(),
  run: ({ tx }) => repo.forgetTraffic(tx),
});
