import type { Job } from "@/server/core/job";
import { sweepTraffic } from "./sync.service";

export const gatewayJobs: readonly Job[] = [
  { name: "gateways.sweep-traffic", cron: "17 * * * *", run: (caller) => sweepTraffic.execute(caller, undefined) },
];
