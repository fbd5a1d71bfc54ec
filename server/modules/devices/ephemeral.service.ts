import { z } from "zod";
import { command } from "@/server/core/operation";
import * as ephemeral from "./ephemeral.repo";
import * as repo from "./repo";

/** Retires the devices of ephemeral tokens that were not heard of; with them go their keys, tunnels and addresses. */
export const collect = command({
  permission: "system",
  unaudited: "Most often there is none; each that is retired is audited",
  input: z.void(),
  output: z.void(),
  async run({ tx, audit }) {
    const retired = await ephemeral.retireUnheard(tx);
    if (retired.length === 0) return;
    await repo.revokeKeys(
      tx,
      retired.map(({ id }) => id),
    );
    for (const { id, userId, before, heardAt } of retired) {
      const changes = { status: [before, "retired"] } as const;
      audit({ event: "device.collected", subject: id, userId, changes, metadata: { heardAt } });
    }
  },
});
