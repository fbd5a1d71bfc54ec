import type { Job } from "@/server/core/job";
import { sweepPresence } from "./presence.service";
import { sweepTraffic } from "./sync.service";

export const gatewayJobs: readonly Job[] = [
  { name: "gateways.sweep-presence", cron: "* * * * *", run: (caller) => sweepPresence.execute(caller, undefined) },
  { name: "gateways.sweep-traffic", cron: "17 * * * *", run: (caller) => sweepTraffic.execute(caller, undefined) },
];
