import type { Job } from "@/server/core/job";
import { warnExpiring } from "./expiry.service";
import { endExpired } from "./service";

export const tunnelJobs: readonly Job[] = [
  { name: "tunnels.end-expired", cron: "* * * * *", run: (caller) => endExpired.execute(caller, undefined) },
  { name: "tunnels.warn-expiring", cron: "*/5 * * * *", run: (caller) => warnExpiring.execute(caller, undefined) },
];
