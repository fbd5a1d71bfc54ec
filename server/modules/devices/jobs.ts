import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Job } from "@/server/core/job";
import { command } from "@/server/core/operation";
import * as agents from "./agent.repo";

/** Forgets the nonces no signature can be replayed with any more, and which reports came in a month ago. */
export const sweep = command({
  permission: "system",
  unaudited: "What is forgotten could no longer change anything",
  input: z.void(),
  output: z.void(),
  async run({ tx }) {
    await agents.forgetNonces(tx, sql`now() - interval '6 minutes'`);
    await agents.forgetReports(tx, sql`now() - interval '30 days'`);
  },
});

export const deviceJobs: readonly Job[] = [
  { name: "devices.sweep", cron: "* * * * *", run: (caller) => sweep.execute(caller, undefined) },
];
