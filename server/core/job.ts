import type { Caller } from "./operation";

/** Something that happens by the clock. However many replicas run, each due time is worked on once. */
export interface Job {
  /** Unique; also its name in the queue. */
  name: string;
  /** Minute, hour, day of month, month, day of week; UTC. */
  cron: string;
  run(caller: Caller): Promise<unknown>;
}
