import { Logger, parseCronItems, run } from "graphile-worker";
import type { Job } from "@/server/core/job";
import { log } from "@/server/core/log";
import { systemCaller } from "@/server/core/system-caller";
import { auditJobs } from "@/server/modules/audit/jobs";
import { deviceJobs } from "@/server/modules/devices/jobs";
import { gatewayJobs } from "@/server/modules/gateways/jobs";
import { tunnelJobs } from "@/server/modules/tunnels/jobs";
import { outboxJobs, startOutbox } from "./outbox";

const jobs: readonly Job[] = [...auditJobs, ...deviceJobs, ...gatewayJobs, ...outboxJobs, ...tunnelJobs];

/** Graphile Worker's own chatter is for debugging; what it warns of is for us. */
const logger = new Logger(() => (level, message) => {
  if (level === "error") log.error({ part: "jobs" }, message);
  else if (level === "warning") log.warn({ part: "jobs" }, message);
  else log.trace({ part: "jobs" }, message);
});

/**
 * Delivers effects as they are committed, and runs the jobs from the queue in the database, so that replicas share them. Its schema is its own to migrate, hence
 * the login's rights rather than the application role's.
 * @returns how to stop it, letting the running job end
 */
export async function startJobs(connectionString: string): Promise<{ stop(): Promise<void> }> {
  const runner = await run({
    connectionString,
    concurrency: 1,
    maxPoolSize: 3,
    noHandleSignals: true,
    logger,
    taskList: Object.fromEntries(
      jobs.map(({ name, run: work }) => [name, () => work(systemCaller(name)).then(() => undefined)]),
    ),
    parsedCronItems: parseCronItems(jobs.map(({ name, cron }) => ({ task: name, match: cron, identifier: name }))),
  });
  // A queue that gives up, for want of its database, is nobody's reason to stop serving.
  runner.promise.catch((error: unknown) => log.error({ err: error, part: "jobs" }, "The jobs stopped"));
  const effects = startOutbox();
  return {
    async stop() {
      await runner.stop();
      await effects.stop();
    },
  };
}
