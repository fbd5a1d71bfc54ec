import { z } from "zod";
import type { Job } from "@/server/core/job";
import { command } from "@/server/core/operation";
import * as agents from "./agent.repo";
import { collect } from "./ephemeral.service";
import * as expiry from "./expiry.service";

/** Longer than any signature is accepted. */
const NONCE_MEMORY_S = 360;
const REPORT_MEMORY_S = 30 * 86_400;

/** Forgets the nonces no signature can be replayed with any more, and which reports came in a month ago. */
export const sweep = command({
  permission: "system",
  unaudited: "What is forgotten could no longer change anything",
  input: z.void(),
  output: z.void(),
  async run({ tx }) {
    await agents.forgetNonces(tx, NONCE_MEMORY_S);
    await agents.forgetReports(tx, REPORT_MEMORY_S);
  },
});

export const deviceJobs: readonly Job[] = [
  { name: "devices.sweep", cron: "* * * * *", run: (caller) => sweep.execute(caller, undefined) },
  { name: "devices.tell-expiry", cron: "*/5 * * * *", run: (caller) => expiry.tellDue.execute(caller, undefined) },
  { name: "devices.collect-ephemeral", cron: "*/5 * * * *", run: (caller) => collect.execute(caller, undefined) },
];
