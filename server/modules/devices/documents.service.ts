import { z } from "zod";
import type { Tx } from "@/server/core/database";
import { command } from "@/server/core/operation";
import { DEVICES_AT_ONCE, enqueue, topics } from "@/server/core/outbox";
import * as repo from "./repo";

/**
 * Has the desired state of every device that carries the tag compiled anew, once the caller's change is committed. A
 * tag may be on every device there is: they are not changed, and held, in one transaction.
 */
export async function outdateDocuments(tx: Tx, tagId: string): Promise<void> {
  const ids = await repo.idsTagged(tx, tagId);
  const payloads = Array.from({ length: Math.ceil(ids.length / DEVICES_AT_ONCE) }, (_, at) => ({
    deviceIds: ids.slice(at * DEVICES_AT_ONCE, (at + 1) * DEVICES_AT_ONCE),
  }));
  await enqueue(tx, "device.documents-outdated", payloads);
}

/** Has these devices' documents compiled anew at their next check-in. Twice does no harm. */
export const outdate = command({
  permission: "system",
  unaudited: "The change that outdates the documents is audited",
  input: topics["device.documents-outdated"],
  output: z.void(),
  async run({ tx }, { deviceIds }) {
    // Waits for whoever compiles one of them from what was there before.
    const devices = await repo.lockAll(tx, deviceIds);
    const ids = devices.map(({ id }) => id);
    await repo.updateAll(tx, ids, { desiredHash: null });
  },
});
