import { z } from "zod";
import { command } from "@/server/core/operation";
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

export const countByState = repo.countByState;
