import { z } from "zod";
import { gathered } from "@/server/core/gathered";
import { GatewayId } from "@/server/core/ids";
import { command } from "@/server/core/operation";
import { systemCaller } from "@/server/core/system-caller";
import * as repo from "./presence.repo";

/** Says once of each gateway that was not heard of lately that it is offline; its next request says the contrary. */
export const sweepPresence = command({
  permission: "system",
  unaudited: "Most often every gateway was heard of; each that was not is audited",
  input: z.void(),
  output: z.void(),
  async run({ tx, audit }) {
    for (const { id, lastSyncAt } of await repo.takeLost(tx)) {
      audit({ event: "gateway.offline", subject: id, status: "failure", metadata: { lastSyncAt } });
    }
  },
});

/** Puts it on record that these gateways were heard of, and of those that were missed that they are back. */
export const noteHeard = command({
  permission: "system",
  unaudited: "A sign of life; only the first after a silence is audited",
  input: z.array(GatewayId),
  output: z.void(),
  async run({ tx, audit }, ids) {
    for (const id of await repo.noteHeard(tx, ids)) audit({ event: "gateway.online", subject: id });
  },
});

/** How often at most it is noted that a gateway is there, which is missed after a minute and a half. */
const NOTED_EVERY_MS = 20_000;
/** By gateway, when this process last wrote down that it was heard of, milliseconds since 1970. */
const written = new Map<GatewayId, number>();

const note = gathered<GatewayId, number>({
  what: "signs of life of gateways",
  async write(heard) {
    await noteHeard.execute(systemCaller("presence"), [...heard.keys()]);
    for (const [id, at] of heard) written.set(id, at);
  },
});

/** Notes that the gateway is there. */
export function heard(gatewayId: string): void {
  const id = GatewayId.parse(gatewayId);
  const now = Date.now();
  if (now - (written.get(id) ?? 0) >= NOTED_EVERY_MS) note(id, now);
}

export const countByState = repo.countByState;
