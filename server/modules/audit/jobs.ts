import { z } from "zod";
import type { Job } from "@/server/core/job";
import { command } from "@/server/core/operation";
import * as repo from "./repo";

const MONTHS_AHEAD = 3;

/** Makes the coming months' partitions of everything that is kept by the month. */
export const ensurePartitions = command({
  permission: "system",
  unaudited: "Making room changes nothing anybody could see",
  input: z.void(),
  output: z.void(),
  async run({ tx }) {
    await repo.ensurePartitions(tx, MONTHS_AHEAD);
  },
});

export const auditJobs: readonly Job[] = [
  { name: "audit.ensure-partitions", cron: "17 3 * * *", run: (caller) => ensurePartitions.execute(caller, undefined) },
];
