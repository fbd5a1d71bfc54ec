import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Job } from "@/server/core/job";
import { command } from "@/server/core/operation";

const MONTHS_AHEAD = 3;

/** Makes the coming months' partitions of everything that is kept by the month. */
export const ensurePartitions = command({
  permission: "system",
  unaudited: "Making room changes nothing anybody could see",
  input: z.void(),
  output: z.void(),
  async run({ tx }) {
    await tx.execute(sql`select ensure_partitions(${MONTHS_AHEAD})`);
  },
});

export const auditJobs: readonly Job[] = [
  { name: "audit.ensure-partitions", cron: "17 3 * * *", run: (caller) => ensurePartitions.execute(caller, undefined) },
];
